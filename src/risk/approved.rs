/// Proof that the risk gate let `T` pass. Its constructor is private to [`crate::risk`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskApproved<T> {
    approved: T,
}

impl<T> RiskApproved<T> {
    pub(in crate::risk) fn new(approved: T) -> Self {
        Self { approved }
    }

    /// What was approved.
    pub fn get(&self) -> &T {
        &self.approved
    }
}
