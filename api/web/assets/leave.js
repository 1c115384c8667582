// A phone that somebody signed out of shows nothing of theirs without a signal. What
// they have yet to send stays, for when they sign in again.
self.queue.leave().catch(() => {});
