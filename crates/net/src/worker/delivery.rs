//! Delivering mail: what other workers, or this one, have for the connections here.
//!
//! Mail is delivered at the start of a turn, again after bytes were received and before they are
//! acted on, and once more at the end, so that what a worker sends itself goes out with the same
//! turn. A new connection is opened only at the start of a turn: in its midst its slot might be
//! that of a connection just closed and still being looked at.
//!
//! Must be true: the shared output is empty while mail is delivered.

use protocol::Output;

use super::{Lane, note_unsent, note_waiting};
use crate::connection::State;
use crate::mailbox::{Letter, Recipients};
use crate::service::{Delivered, Flow, Service, Turn};

impl<V: Service> Lane<V> {
    /// Delivers all mail there is.
    #[inline]
    pub(super) fn deliver(&mut self, turn: &mut V::Turn<'_>) {
        if self.inbox.has_mail() {
            self.deliver_all(turn);
        }
    }

    fn deliver_all(&mut self, turn: &mut V::Turn<'_>) {
        while let Some(letter) = self.inbox.take() {
            match letter {
                Letter::Connection(stream, speaks) => self.arrivals.push((stream, speaks)),
                Letter::Mail { slot, mail } => self.deliver_mail(turn, slot, mail),
                Letter::Cast { to, cast } => self.deliver_cast(turn, &to, &cast),
            }
        }
    }

    /// Opens the connections that came by mail.
    pub(super) fn open_arrivals(&mut self, turn: &mut V::Turn<'_>) {
        for (stream, speaks) in std::mem::take(&mut self.arrivals) {
            self.open(turn, stream, speaks);
        }
    }

    fn deliver_mail(&mut self, turn: &mut V::Turn<'_>, slot: usize, mail: V::Mail) {
        let Some(connection) = self.connections.get_mut(slot) else {
            turn.on_mail(slot, None, mail, &mut self.output);
            return self.output.clear();
        };
        let delivered = turn.on_mail(
            slot,
            Some(&mut connection.session),
            mail,
            lend(&mut connection.output, &mut self.spare),
        );
        self.after_mail(turn, slot, delivered);
    }

    fn deliver_cast(&mut self, turn: &mut V::Turn<'_>, to: &Recipients, cast: &V::Cast) {
        for &(slot, number) in to.iter() {
            let slot = slot as usize;
            let Some(connection) = self.connections.get_mut(slot) else { continue };
            if connection.state == State::Closing {
                continue;
            }
            let delivered = turn.on_cast(
                &mut connection.session,
                number,
                cast,
                lend(&mut connection.output, &mut self.spare),
            );
            self.after_mail(turn, slot, delivered);
        }
    }

    fn after_mail(&mut self, turn: &mut V::Turn<'_>, slot: usize, delivered: Delivered) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        match delivered.flow {
            Flow::Abort => return self.close(turn, slot),
            Flow::Close => connection.state = State::Closing,
            Flow::Again if connection.state == State::Held => {
                connection.state = State::Open;
                self.active.push(slot);
            }
            _ => {}
        }
        let pending = connection.output.len();
        if pending > 0 && !turn.allows_output(&mut connection.session, pending) {
            return self.close(turn, slot);
        }
        match delivered.release_at {
            Some(release_at) if pending > 0 => {
                connection.release_at = connection.release_at.max(release_at);
                note_waiting(&mut self.waiting, connection, slot);
            }
            _ => note_unsent(&mut self.unsent, connection, slot),
        }
    }
}

/// A connection's output, with memory of one that is out of use if it has none.
fn lend<'o>(output: &'o mut Output, spare: &mut Vec<Output>) -> &'o mut Output {
    if output.heap_bytes() == 0
        && let Some(fresh) = spare.pop()
    {
        *output = fresh;
    }
    output
}
