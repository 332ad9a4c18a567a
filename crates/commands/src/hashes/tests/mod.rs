//! Hash commands run in memory.

mod oracle_tmp;
