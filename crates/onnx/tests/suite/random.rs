//! Random valid graphs: what the plan answers, kernels fused and memory used again, is what the same graph gives when every
//! value is known, where each node is run by itself as it is read.

use crate::graphs::{ALL, Chance, graph};
use crate::same::wrong;

#[test]
fn plans_answer_what_nodes_by_themselves_do() {
    let graphs = (0..4000).map(|seed| (seed, graph(&mut Chance::new(&[], seed), 4 + seed as usize % 20, ALL)));
    let faults: Vec<String> = graphs.filter_map(|(seed, pair)| Some(format!("seed {seed}: {}", wrong(&pair).err()?))).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults[..faults.len().min(12)].join("\n"));
}

#[cfg(feature = "tract")]
#[test]
fn plans_answer_what_tract_does() {
    use crate::graphs::PLAIN;
    use crate::tract::{Told, told};
    let (mut same, mut faults) = (0, Vec::new());
    for seed in 0..400 {
        match told(&graph(&mut Chance::new(&[], seed), 4 + seed as usize % 12, PLAIN)) {
            Told::Refused => {}
            Told::Same => same += 1,
            Told::Other(text) => faults.push(format!("seed {seed}: {text}")),
        }
    }
    assert!(faults.is_empty(), "{} faults, {same} the same\n{}", faults.len(), faults[..faults.len().min(12)].join("\n"));
    assert!(same > 200, "{same} graphs were compared");
}
