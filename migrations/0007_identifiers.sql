-- The numbers of users and groups.
-- Reason: an id is drawn before the event that uses it is decided; a number that is never used does no harm.
-- Locks: none on anything that exists.

create sequence chat_log.user_ids;
create sequence chat_log.group_ids;
