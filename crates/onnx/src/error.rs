//! What is refused, and why: a stable code, a sentence, and the offending values.

/// What went wrong, as a stable word. The string form ([`Code::as_str`]) never changes once released.
///
/// Exhaustive: a caller that maps them to codes of its own is told of a new one by its compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The ONNX bytes do not parse, or the graph contradicts itself.
    ModelMalformed,
    /// The ONNX file keeps tensors in other files.
    ModelExternalData,
    /// The ONNX graph has an operator, or a use of one, that the engine does not run.
    ModelOperatorUnsupported,
    /// A tensor of the model, or all of them, are larger than the limits.
    ModelTooLarge,
    /// What was given to the graph is not what it takes.
    ModelMismatch,
    /// The model failed while running.
    ModelFailed,
}

impl Code {
    /// The stable word, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModelMalformed => "model-malformed",
            Self::ModelExternalData => "model-external-data",
            Self::ModelOperatorUnsupported => "model-operator-unsupported",
            Self::ModelTooLarge => "model-too-large",
            Self::ModelMismatch => "model-mismatch",
            Self::ModelFailed => "model-failed",
        }
    }
}

/// The error of a crate of this workspace, over its own codes: one shape, made once here and once in nearhand, as a type of
/// another crate cannot be made of this one's by `?`.
#[doc(hidden)]
#[macro_export]
macro_rules! error_of {
    ($code:ty) => {
        /// An error with a stable [`Code`], a message that names the offending value, and that value as a detail.
        ///
        /// One pointer wide: every `?` of the crate moves it, which in wasm is code.
        #[derive(Clone, PartialEq, Eq)]
        pub struct Error(Box<Parts>);

        #[derive(Clone, Debug, PartialEq, Eq)]
        struct Parts {
            code: $code,
            message: ::std::borrow::Cow<'static, str>,
            details: Vec<(&'static str, String)>,
        }

        /// Result with this crate's [`Error`].
        pub type Result<T> = ::std::result::Result<T, Error>;

        /// Bytes of a detail: a longer value ends in "…".
        const MAX_DETAIL: usize = 200;
        /// Bytes of a message that is put together, likewise.
        const MAX_MESSAGE: usize = 400;

        impl Error {
            /// A new error. `message` says what failed and what to do; it gets the prefix `nearhand: ` when shown. One that is put
            /// together is cut at 400 bytes.
            #[must_use]
            pub fn new(code: $code, message: impl Into<::std::borrow::Cow<'static, str>>) -> Self {
                match message.into() {
                    ::std::borrow::Cow::Borrowed(text) => Self::fixed(code, text),
                    ::std::borrow::Cow::Owned(text) => {
                        Self(Box::new(Parts { code, message: $crate::short(&text, MAX_MESSAGE).into(), details: Vec::new() }))
                    }
                }
            }

            /// Apart from [`Error::new`], as [`Error::detail`].
            #[inline(never)]
            fn fixed(code: $code, message: &'static str) -> Self {
                Self(Box::new(Parts { code, message: message.into(), details: Vec::new() }))
            }

            /// Adds an offending value under a name: its first 200 bytes, control characters escaped.
            #[must_use]
            pub fn with(self, name: &'static str, value: impl ::std::fmt::Display) -> Self {
                self.detail(name, &value)
            }

            /// Apart from [`Error::with`], so that not every type has a copy.
            #[inline(never)]
            fn detail(mut self, name: &'static str, value: &dyn ::std::fmt::Display) -> Self {
                self.0.details.push((name, $crate::short(value, MAX_DETAIL)));
                self
            }

            /// The stable code.
            #[must_use]
            pub const fn code(&self) -> $code {
                self.0.code
            }

            /// The sentence without prefix.
            #[must_use]
            pub fn message(&self) -> &str {
                &self.0.message
            }

            /// Code, sentence and values, for whoever makes an error of their own of them.
            #[must_use]
            pub fn into_parts(self) -> ($code, ::std::borrow::Cow<'static, str>, Vec<(&'static str, String)>) {
                let Parts { code, message, details } = *self.0;
                (code, message, details)
            }

            /// Of what [`Error::into_parts`] gave.
            #[must_use]
            pub fn from_parts(
                code: $code,
                message: ::std::borrow::Cow<'static, str>,
                details: Vec<(&'static str, String)>,
            ) -> Self {
                Self(Box::new(Parts { code, message, details }))
            }

            /// Offending values by name.
            #[must_use]
            pub fn details(&self) -> &[(&'static str, String)] {
                &self.0.details
            }
        }

        impl ::std::fmt::Debug for Error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ::std::fmt::Display for Error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "nearhand: {} [{}]", self.0.message, self.0.code.as_str())?;
                for (name, value) in &self.0.details {
                    write!(f, " {name}={value}")?;
                }
                Ok(())
            }
        }

        impl ::std::error::Error for Error {}
    };
}

error_of!(Code);
