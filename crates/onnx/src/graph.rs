//! A graph as it is: any inputs in, all outputs out.

use crate::check;
use crate::error::Result;
#[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
use crate::error::{Code, Error};
use crate::interface::Interface;
use crate::limits::ModelLimits;
use crate::profile::{Memory, Step};
#[cfg(feature = "plan")]
use crate::recognise::Pairs;
#[cfg(feature = "plan")]
use crate::state::{State, StatePort};
#[cfg(any(feature = "tabular", not(feature = "plan")))]
use crate::tabular::TabularModel;
use crate::tensor::Tensor;
#[cfg(feature = "trees")]
use crate::tensor::View;

/// An ONNX file, run by whichever engine of this build is right for it: a [`crate::Plan`] for each set of input shapes (feature
/// `plan`), of which the last ones are kept, or, without the feature `trees`, [`TabularModel`] for tabular models.
///
/// Where all operators of a graph are tabular, the first dimension of its inputs is the number of rows, whatever the file was
/// exported with.
#[derive(Debug)]
pub struct Graph {
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
    Tabular(TabularModel),
    #[cfg(feature = "plan")]
    Planned(Box<crate::planned::Planned>),
}

impl Graph {
    /// Reads and checks a file; where its inputs are of fixed shape, plans it too, so that what cannot be run is refused
    /// now.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub fn load(onnx: &[u8], limits: &ModelLimits) -> Result<Self> {
        Self::open(onnx.to_vec(), limits)
    }

    /// As [`Graph::load`], with the file for its own: large constants are moved out of it one by one, so that a file of many
    /// megabytes is not there twice.
    ///
    /// # Errors
    /// As [`Graph::load`].
    pub fn open(onnx: Vec<u8>, limits: &ModelLimits) -> Result<Self> {
        Self::opened(onnx, limits, false)
    }

    /// As [`Graph::open`], of a file whose inputs, outputs and states may be of half width (float16, bfloat16), as exports to half width
    /// have them: they are given, answered and kept in 32 bits, in which the engine computes anyhow, and [`Graph::interface`] says `f32`.
    ///
    /// # Errors
    /// As [`Graph::load`].
    pub fn open_widened(onnx: Vec<u8>, limits: &ModelLimits) -> Result<Self> {
        Self::opened(onnx, limits, true)
    }

    fn opened(onnx: Vec<u8>, limits: &ModelLimits, widened: bool) -> Result<Self> {
        #[cfg_attr(not(feature = "plan"), allow(unused_variables))]
        let (tabular, interface) = {
            let model = check::read(&onnx, &limits.file)?;
            let mut interface = Interface::with_maps(&model);
            if widened {
                interface.widen();
            }
            #[cfg(feature = "plan")]
            let interface = (Pairs::new(&model.graph, &interface).recognised(), interface);
            #[cfg(any(feature = "tabular", not(feature = "plan")))]
            let tabular = TabularModel::suits(&model.graph);
            #[cfg(not(any(feature = "tabular", not(feature = "plan"))))]
            let tabular = false;
            (tabular, interface)
        };
        #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
        if tabular || !cfg!(feature = "plan") {
            return Ok(Self { engine: Engine::Tabular(TabularModel::load(&onnx, &limits.file, &limits.trees)?) });
        }
        #[cfg(feature = "plan")]
        return Ok(Self { engine: Engine::Planned(Box::new(crate::planned::Planned::load(onnx, interface, limits, tabular)?)) });
        #[cfg(not(feature = "plan"))]
        Err(Error::new(Code::ModelFailed, "no engine"))
    }

    /// Inputs and outputs. Where ZipMap makes maps from class to probability, the output is a tensor of rows and classes.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        match &self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(model) => model.interface(),
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.interface(),
        }
    }

    /// The steps that the last run took, in order, as [`Graph::run_watched`] counts them. None before the first run, unless all
    /// shapes are fixed. A tabular model, and a graph on tract, is one step that tells no sizes.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        match &self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => vec![Step::whole("tabular")],
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.steps(),
        }
    }

    /// What the plan of the last run holds in memory; `None` where there is none, as for tabular models and on tract.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        match &self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => None,
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.memory(),
        }
    }

    /// Runs once: inputs in the interface's order, all outputs in the graph's order. Of those that may be left out, the first
    /// so many may be given.
    ///
    /// # Errors
    /// `model-mismatch` for inputs that are not the graph's, `model-failed`, and those of loading where these shapes
    /// need a plan of their own.
    pub fn run(&mut self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
        self.run_watched(inputs, &mut |_, _| true)
    }

    /// Runs once and asks `watch` before every step, with the step's number and the name of its kernel: `false` ends the run. So a
    /// host keeps a deadline, cancels, or takes the time of each step. Steps of a body have the number of the step that it
    /// is. A tabular model is one step where it is not planned.
    ///
    /// # Errors
    /// As [`Graph::run`]; `model-failed` when the run was ended.
    pub fn run_watched(
        &mut self,
        inputs: Vec<Tensor>,
        watch: &mut dyn FnMut(usize, &'static str) -> bool,
    ) -> Result<Vec<Tensor>> {
        match &mut self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(model) if watch(0, "tabular") => model.run(inputs),
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => Err(Error::new(Code::ModelFailed, "the model failed").with("why", "the run was ended")),
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.run(&inputs, watch),
        }
    }

    /// As [`Graph::run_watched`], on borrowed inputs; the answers stay where they are, for [`Graph::view`] and [`Graph::tensor`].
    ///
    /// # Errors
    /// As [`Graph::run_watched`].
    #[cfg(feature = "trees")]
    pub fn run_here(&mut self, inputs: &[Tensor], watch: &mut dyn FnMut(usize, &'static str) -> bool) -> Result<()> {
        let Engine::Planned(model) = &mut self.engine;
        model.run_here(inputs, watch)
    }

    /// Runs once more, for the shapes of the last run, on what lies in the memory of its inputs, all of which are to be written anew
    /// through [`Graph::input_mut`]. The answers stay where they are.
    ///
    /// ```
    /// # fn again(graph: &mut nearhand_onnx::Graph, x: &nearhand_onnx::Tensor, bytes: &[u8]) -> nearhand_onnx::Result<()> {
    /// graph.run_here(std::slice::from_ref(x), &mut |_, _| true)?;
    /// if let Some(room) = graph.input_mut(0).filter(|room| room.len() == bytes.len()) {
    ///     room.copy_from_slice(bytes);
    ///     graph.run_again(&mut |_, _| true)?;
    ///     println!("{:?}", graph.view(0));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `model-failed`, also where [`Graph::input_mut`] is `None`.
    #[cfg(feature = "trees")]
    pub fn run_again(&mut self, watch: &mut dyn FnMut(usize, &'static str) -> bool) -> Result<()> {
        let Engine::Planned(model) = &mut self.engine;
        model.run_again(watch)
    }

    /// Memory for the elements of input `at` in [`Graph::run_again`], in the order in which they were given to the last run. `None` for
    /// strings, on tract, and where the graph was planned for the very elements of an input, as shapes depend on them; then
    /// [`Graph::run_here`] is to be called. Of truth values each byte but 0 is true.
    #[cfg(feature = "trees")]
    pub fn input_mut(&mut self, at: usize) -> Option<&mut [u8]> {
        let Engine::Planned(model) = &mut self.engine;
        model.input_mut(at)
    }

    /// Output `at` of the last run of [`Graph::run_here`] or [`Graph::run_again`], where it lies; `None` on tract and where there is
    /// no such output.
    #[cfg(feature = "trees")]
    #[must_use]
    pub fn view(&self, at: usize) -> Option<View<'_>> {
        let Engine::Planned(model) = &self.engine;
        model.view(at)
    }

    /// Output `at` of the last run of [`Graph::run_here`] or [`Graph::run_again`], copied.
    ///
    /// # Errors
    /// `model-failed` where there was no run or there is no such output.
    #[cfg(feature = "trees")]
    pub fn tensor(&self, at: usize) -> Result<Tensor> {
        let Engine::Planned(model) = &self.engine;
        model.tensor(at)
    }

    /// From now on wants no more than so many of the last rows of output `at`: of language models the logits behind the last tokens. They
    /// are computed alone, and so are those of all that goes row by row before it (products, norms, activations, sums: of a language model
    /// all behind its last attention), as far as nothing else reads that; else, and where it has no more rows, it is answered as it is.
    /// `usize::MAX` is all again. Changes no plan that is kept, and takes no time where it was called for that output before. Of a graph that is
    /// run on several texts at once all rows are computed from then on.
    ///
    /// # Errors
    /// `model-malformed`, where the file was not checked to its end.
    #[cfg(feature = "plan")]
    pub fn last_rows(&mut self, at: usize, rows: usize) -> Result<()> {
        match &mut self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => Ok(()),
            Engine::Planned(model) => model.last_rows(at, rows),
        }
    }

    /// The states of the graph: inputs whose value is an output of the run before. Recognised are caches that an operator writes
    /// (Concat behind an input, Attention, com.microsoft's GroupQueryAttention and MultiHeadAttention, TensorScatter), states of recurrent
    /// cells, and pairs of the usual names (`past_key_values.0.key` and `present.0.key`, `h0` and `hn`, `state` and `stateN`, …). None in
    /// a tabular model.
    #[cfg(feature = "plan")]
    #[must_use]
    pub fn states(&self) -> &[StatePort] {
        match &self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => &[],
            Engine::Planned(model) => &model.states,
        }
    }

    /// Takes these pairs of an input and an output, by name, for the graph's states, instead of those that were recognised. States made
    /// before do not fit any more.
    ///
    /// # Errors
    /// `model-mismatch` for a name that the graph does not have or that is given twice, and for an input and an output that
    /// differ in type, in rank, or in more than one dimension; so for any pair in a tabular model. Nothing has changed then.
    #[cfg(feature = "plan")]
    pub fn declare_states(&mut self, pairs: &[(&str, &str)]) -> Result<()> {
        match &mut self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) if pairs.is_empty() => Ok(()),
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => Err(Error::new(Code::ModelMismatch, "a tabular model has no states")),
            Engine::Planned(model) => model.declare(pairs),
        }
    }

    /// States before the first run: no rows of what grows, zeros in all else.
    #[cfg(feature = "plan")]
    #[must_use]
    pub fn state(&self) -> State {
        match &self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => State::new(&std::sync::Arc::from([])),
            Engine::Planned(model) => State::new(&model.states),
        }
    }

    /// Runs once on inputs without the graph's states, which come from `state`, and answers the outputs without the states, which
    /// go to `state`. Inputs are in the interface's order. `watch` is as for [`Graph::run_watched`]. A run that fails or is ended
    /// leaves the state as it was.
    ///
    /// ```
    /// use nearhand_onnx::{Graph, ModelLimits, Tensor};
    /// # fn decode(onnx: &[u8], prompt: &[i64]) -> nearhand_onnx::Result<()> {
    /// let mut graph = Graph::load(onnx, &ModelLimits::default())?;
    /// let mut state = graph.state();
    /// let ids = |ids: &[i64]| Tensor::i64(vec![1, ids.len()], ids.to_vec());
    /// // The whole prompt at once, then one token after the other.
    /// graph.run_state(&mut state, vec![ids(prompt)], &mut |_, _| true)?;
    /// let logits = graph.run_state(&mut state, vec![ids(&[42])], &mut |_, _| true)?;
    /// assert_eq!(state.len(), prompt.len() + 1);
    /// // Another way on from the prompt, without computing it again.
    /// state.truncate(prompt.len())?;
    /// # drop(logits);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `model-mismatch` for a state of another graph, one whose rank changes, and as [`Graph::run`]; `model-too-large` where the
    /// states want more memory than the limit, before it is allocated; `model-failed`, also when the run was ended.
    #[cfg(feature = "plan")]
    pub fn run_state(
        &mut self,
        state: &mut State,
        inputs: Vec<Tensor>,
        watch: &mut dyn FnMut(usize, &'static str) -> bool,
    ) -> Result<Vec<Tensor>> {
        match &mut self.engine {
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) if state.ports().is_empty() => self.run_watched(inputs, watch),
            #[cfg(all(not(feature = "trees"), any(feature = "tabular", not(feature = "plan"))))]
            Engine::Tabular(_) => Err(crate::state::foreign()),
            Engine::Planned(model) => model.run_state(state, &inputs, watch),
        }
    }
}
