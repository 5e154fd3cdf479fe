/** Interval in milliseconds in which the owner looks for its record. */
export const CHECK_MS = 250;
/** The owner answers for this long after it began to look for its record, and found it. */
export const LEASE_MS = 600;
/** A challenger waits longer than the lease, since its record may have been written right after the owner's last check. */
export const CHALLENGE_MS = 800;
/** Other windows give a challenger more time, and then take over in its place. */
export const OTHERS_CHALLENGE_MS = 1_100;
/** Deadline of a register operation. */
export const REGISTER_MS = 2_000;
/** Deadline of listening on a port and checking the guards there. Windows takes seconds to see that nothing listens. */
export const BIND_MS = 15_000;
