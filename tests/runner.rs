//! The one binary of the tests that look at the whole: one module a subject.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

mod architecture;
