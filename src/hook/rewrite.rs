//! Whether a certain safe command takes a call's place, as the settings say.

use super::watch;
use crate::settings::{self, Mode, Places};

/// Whether it does. Read only where there is such a command; settings that cannot be read wholly ask for nothing.
pub(super) fn is_wanted() -> bool {
    watch::may_take_long();
    let loaded = settings::load(&Places::here(None));
    loaded.faults.is_empty() && loaded.settings.mode == Mode::Rewrite
}
