use jiff::SignedDuration;

/// Marks a response, in its extensions, as one that never comes. Whoever carries it lets the client
/// wait: a server in real time, a transport inside the process on the simulated clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnswer;

/// Marks a response, in its extensions, as one that comes so much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateAnswer(pub SignedDuration);
