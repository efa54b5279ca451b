-- What was once in the audit log stays as it is, whoever asks. PostgreSQL has the same in its own words.

create trigger audit_log_no_update before update on audit_log
begin select raise(abort, 'the audit log is only appended to'); end;

create trigger audit_log_no_delete before delete on audit_log
begin select raise(abort, 'the audit log is only appended to'); end;

create trigger audit_head_no_delete before delete on audit_head
begin select raise(abort, 'the audit log has one head'); end;
