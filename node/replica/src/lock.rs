//! Locks of files that are about to be free.
//!
//! A lock belongs to the open file, which a process that is being started shares with the one that starts it, from the fork until its
//! own program is loaded: close-on-exec ends that, and nothing ends it sooner. A lock that this process has let go of can therefore
//! look taken for an instant. So can one whose holder is ending.

use std::time::Duration;

/// How long a lock may look taken before somebody else has it.
const WAIT_MAX: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Tries until the lock is not busy any more, or was for too long.
pub(crate) fn patiently<T, E>(
    mut open: impl FnMut() -> Result<T, E>,
    is_busy: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let mut tries_left = WAIT_MAX.as_millis() / PAUSE.as_millis();
    loop {
        match open() {
            Err(error) if is_busy(&error) && tries_left > 0 => {
                tries_left -= 1;
                // Nothing tells when a lock is free, and a call that waits for it would wait for ever.
                std::thread::park_timeout(PAUSE);
            }
            tried => return tried,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_busy_for_an_instant_is_tried_again_and_other_errors_are_not() {
        let mut tries = 0;
        let opened = patiently(
            || {
                tries += 1;
                if tries < 4 { Err("busy") } else { Ok(tries) }
            },
            |error| *error == "busy",
        );
        assert_eq!(opened, Ok(4));
        let mut tries = 0;
        let failed: Result<(), _> = patiently(
            || {
                tries += 1;
                Err("damaged")
            },
            |error| *error == "busy",
        );
        assert_eq!((failed, tries), (Err("damaged"), 1));
    }
}
