//! What happens when something goes wrong: the kind of error, that its message has no value in it, and that nothing was
//! admitted or let out.

mod common;

mod custodian;

mod callers;

mod uploads;

mod crash;

mod releases;

mod damage;

mod tariff;
