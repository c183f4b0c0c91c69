//! The user's turn, decisions about interruptions, and the position of the player.

use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use voice_core::SttUpdate;
use voice_core::dialog::{InputCommand, InputUpdate};

use super::{finished, voice_dialog, voice_expect_options};
use crate::error::voice_error;
use crate::options;

impl voice_dialog {
    /// Queues a request about the user's turn.
    fn request(&self, command: InputCommand) -> Result<(), voice_error> {
        if self.shared.is_finished.load(Ordering::Acquire) {
            return Err(finished());
        }
        self.shared.request_input(command)
    }

    /// Makes a decision at once.
    pub(super) fn decide(&self, decision: impl FnOnce(&voice_core::dialog::Dialog)) {
        self.shared.take_position();
        decision(&self.shared.dialog);
        self.shared.listening.set();
        // The requests that wait are told of as interrupted.
        self.shared.speaking.set();
        self.shared.wake_others();
    }
}

/// Reports that the listener has heard the audio of `run` before the position `ms`, by the times of the events. A report
/// for each buffer played, or every 200 ms, is enough; one when the player stops tells what was heard. Without reports a
/// clock estimates the position, for a player without a delay. The call neither waits nor allocates, so an audio callback
/// may make it.
///
/// Positions never decrease: a lower one changes nothing. Of an older run only a report after its end during a pause
/// counts: it is where the listener stopped.
///
/// Ownership: `dialog` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_played(
    dialog: Option<NonNull<voice_dialog>>,
    run: u32,
    ms: u64,
) -> Option<Box<voice_error>> {
    let played = |dialog: &voice_dialog| {
        dialog.shared.position.report(run, ms);
        Ok(())
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, played) }
}

/// Tells what the user is expected to say from now on. NULL for `options` means anything. A change of the grammar takes
/// effect with the next utterance of the user.
///
/// Ownership: `options` is read during the call only; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`, `argument_invalid`, `unsupported`, `option_invalid`, `grammar_invalid`, `session_ended`,
/// `overloaded`. A grammar that the model cannot use is an event of type `VOICE_DIALOG_EVENT_TYPE_REFUSED`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_expect(
    dialog: Option<NonNull<voice_dialog>>,
    options: *const voice_expect_options,
) -> Option<Box<voice_error>> {
    let expect = |dialog: &voice_dialog| {
        // SAFETY: the header asks for a struct of `struct_size` bytes.
        let options = unsafe { options::read(options) }?;
        // SAFETY: the header asks for `phrases_len` texts.
        let (expect, grammar) = unsafe { options.checked() }?;
        let stt = SttUpdate { grammar, ..SttUpdate::default() };
        let update = InputUpdate { stt, expect: Some(expect), ..InputUpdate::default() };
        dialog.request(InputCommand::Update(Box::new(update)))
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, expect) }
}

/// Ends the user's turn now, if there is one: all audio that was pushed before counts.
///
/// Ownership: `dialog` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`, `session_ended`, `overloaded`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_finalize(
    dialog: Option<NonNull<voice_dialog>>,
) -> Option<Box<voice_error>> {
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, |dialog| dialog.request(InputCommand::EndTurn)) }
}

/// Ends the audio of the microphone, and the user's turn. The dialog still speaks.
///
/// Ownership: `dialog` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`, `session_ended`, `overloaded`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_finish(
    dialog: Option<NonNull<voice_dialog>>,
) -> Option<Box<voice_error>> {
    let finish = |dialog: &voice_dialog| {
        if dialog.shared.is_finished.swap(true, Ordering::AcqRel) {
            return Err(finished());
        }
        let requested = dialog.shared.request_input(InputCommand::Finish);
        requested.inspect_err(|_| dialog.shared.is_finished.store(false, Ordering::Release))
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, finish) }
}

/// Confirms that the user interrupts, after `VOICE_DIALOG_EVENT_TYPE_PAUSED`. It changes nothing if that has been decided.
///
/// Ownership: `dialog` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_confirm(
    dialog: Option<NonNull<voice_dialog>>,
) -> Option<Box<voice_error>> {
    let confirm = |dialog: &voice_dialog| {
        dialog.decide(|dialog| {
            dialog.confirm();
        });
        Ok(())
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, confirm) }
}

/// Rejects an interruption after `VOICE_DIALOG_EVENT_TYPE_PAUSED`: the speech goes on. It changes nothing if that has been
/// decided.
///
/// Ownership: `dialog` stays yours; borrowed events stay valid.
/// Threads: any thread, even during another call.
/// Errors: `argument_null`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn voice_dialog_reject(
    dialog: Option<NonNull<voice_dialog>>,
) -> Option<Box<voice_error>> {
    let reject = |dialog: &voice_dialog| {
        dialog.decide(|dialog| {
            dialog.reject();
        });
        Ok(())
    };
    // SAFETY: the header forbids to free the dialog during a call.
    unsafe { voice_dialog::with(dialog, reject) }
}
