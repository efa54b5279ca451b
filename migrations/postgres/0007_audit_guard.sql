-- What was once in the audit log stays as it is, whoever asks. SQLite has the same in its own words.

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is only appended to';
end
$$;

create trigger audit_log_no_change before update or delete or truncate on audit_log
    for each statement execute function refuse_change();

create trigger audit_head_no_delete before delete or truncate on audit_head
    for each statement execute function refuse_change();
