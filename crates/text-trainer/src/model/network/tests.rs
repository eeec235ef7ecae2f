use super::*;

fn tiny() -> (Shape, Vec<f32>, Vec<u32>, Vec<u32>) {
    let shape = Shape { vocabulary: 40, width: 32, layers: 2, heads: 4, groups: 2, inner: 64, context: 70 };
    let mut random = Random::of(9, 0);
    let mut weights = start(&shape, 1);
    // Wide enough for gradients that differences show.
    for (_, dims, range) in shape.named() {
        let wide = if dims.len() == 1 { 0.3 } else { 0.25 };
        weights[range].iter_mut().for_each(|w| *w = if dims.len() == 1 { 1.0 } else { 0.0 } + random.normal() * wide);
    }
    let tokens: Vec<u32> = (0..140).map(|_| random.below(40) as u32).collect();
    let mut targets: Vec<u32> = (0..140).map(|_| random.below(40) as u32).collect();
    targets[3] = NONE;
    (shape, weights, tokens, targets)
}

/// Every kind of weight of every layer, along a random direction and for the largest gradient of each: what differences say.
#[test]
fn gradients_are_those_of_finite_differences() {
    let (shape, weights, tokens, targets) = tiny();
    let noise = Noise { share: 0.1, seed: 77 };
    let mut network = Network::new(shape, 2, 70);
    let mut gradient = vec![0.0; weights.len()];
    let share = 1.0 / 139.0;
    let loss = network.learn(&weights, &tokens, &targets, share, noise, &mut gradient);
    assert!(loss.is_finite());
    let mut scratch = vec![0.0; weights.len()];
    let mut at = |weights: &[f32]| {
        scratch.fill(0.0);
        network.learn(weights, &tokens, &targets, share, noise, &mut scratch) * f64::from(share)
    };
    let mut random = Random::of(3, 0);
    for (name, _, range) in shape.named() {
        let largest = range.clone().max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs())).unwrap();
        let mut directions = vec![vec![0.0_f32; weights.len()], vec![0.0; weights.len()]];
        directions[0][largest] = 1.0;
        for i in range.clone() {
            // Towards the gradient, so that there is something to see, and aside.
            directions[1][i] = gradient[i].signum() * random.unit();
        }
        for direction in directions {
            let size = direction.iter().map(|d| d * d).sum::<f32>().sqrt();
            let step = 1e-2 / size;
            let moved = |sign: f32| -> Vec<f32> { weights.iter().zip(&direction).map(|(w, d)| w + sign * step * d).collect() };
            let found = (at(&moved(1.0)) - at(&moved(-1.0))) / (2.0 * f64::from(step));
            let said: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            assert!((found - said).abs() < 0.01 * said.abs() + 2e-4, "{name}: {found} by differences, {said} by the way back");
        }
    }
}

#[test]
fn a_token_sees_none_that_follow_and_logits_are_what_the_loss_is_of() {
    let (shape, weights, tokens, targets) = tiny();
    let mut network = Network::new(shape, 2, 70);
    let all = network.logits(&weights, &tokens[..70]);
    let mut other = tokens[..70].to_vec();
    other[40] = (other[40] + 1) % 40;
    let changed = network.logits(&weights, &other);
    assert_eq!(all[..40 * 40], changed[..40 * 40]);
    assert_ne!(all[40 * 40..41 * 40], changed[40 * 40..41 * 40]);
    let wanted: f64 = all
        .chunks_exact(40)
        .zip(&targets)
        .filter(|(_, t)| **t != NONE)
        .map(|(row, t)| {
            let sum: f64 = row.iter().map(|v| f64::from(*v).exp()).sum();
            sum.ln() - f64::from(row[*t as usize])
        })
        .sum();
    let mut single = Network::new(shape, 1, 70);
    let loss = single.loss(&weights, &tokens[..70], &targets[..70]);
    assert!((loss - wanted).abs() < 1e-3, "{loss} {wanted}");
    // Texts side by side do not see each other.
    let both = network.loss(&weights, &tokens, &targets);
    let second = single.loss(&weights, &tokens[70..], &targets[70..]);
    assert!((both - loss - second).abs() < 1e-3);
}

#[test]
fn dropped_numbers_are_the_same_for_a_seed_and_as_many_as_asked() {
    let mut out = vec![0.0; 100_000];
    let ones = vec![1.0; 100_000];
    only_left(&mut out, &ones, Drop::new(0.2, 5));
    let kept = out.iter().filter(|v| **v != 0.0).count();
    assert!((79_000..81_000).contains(&kept), "{kept}");
    assert!(out.iter().all(|v| *v == 0.0 || *v == 1.25));
    let mut again = vec![0.0; 100_000];
    add_left(&mut again, &ones, Drop::new(0.2, 5));
    assert_eq!(out, again);
    only_left(&mut again, &ones, Drop::new(0.2, 6));
    assert_ne!(out, again);
    only_left(&mut again, &ones, Drop::new(0.0, 6));
    assert_eq!(again, ones);
}
