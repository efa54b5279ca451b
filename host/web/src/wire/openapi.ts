// Generated from the server by `cargo xtask docs`: do not edit.

export interface paths {
    "/api/v1/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was decided, newest first. */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Calls that last. */
        get: operations["live_calls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/calls/{call_id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a call for everybody. */
        post: operations["end_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What plugins decided, newest first, without what people wrote. */
        get: operations["decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/held": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages that wait, oldest first. */
        get: operations["held"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/held/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A message that waits, and what was said around it. */
        get: operations["held_context"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/held/{message_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse a message; the sender reads why. */
        post: operations["reject_held"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/held/{message_id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a message through. It gets the next place in its room and keeps its time. */
        post: operations["release_held"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/invites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invites, oldest first. */
        get: operations["invites"];
        put?: never;
        /** Make an invite. */
        post: operations["make_invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/invites/{invite_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End an invite. Who waits with it is not touched. */
        delete: operations["revoke_invite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/mutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mutes in force, oldest first. */
        get: operations["mutes"];
        put?: never;
        /** Mute somebody, in the place of what mutes them there already. */
        post: operations["make_mute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/mutes/{mute_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Let somebody write again before their mute runs out. */
        delete: operations["lift_mute"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the server is, and what waits for an admin. */
        get: operations["overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/panels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What plugins show to admins. */
        get: operations["panels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every plugin: whether it works, its version, and what it does. */
        get: operations["every_plugin"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Check a component as `natter plugin install` does, put it into the folder, and make it active. */
        put: operations["upload_plugin"];
        post?: never;
        /** Switch a plugin off and delete its files. What it remembers stays. */
        delete: operations["remove_plugin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do something on a panel. */
        post: operations["click"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an active plugin is configured by, and with. */
        get: operations["plugin_config"];
        /** Give a plugin another config: checked, written to its settings, and in force. */
        put: operations["configure_plugin"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a plugin asked no more. Its files, and what it remembers, stay. */
        post: operations["disable_plugin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a plugin asked again, by the version that was active last. */
        post: operations["enable_plugin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last lines of a plugin's log. */
        get: operations["plugin_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/plugins/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the version active that was before. The file's is not loaded again until it changes. */
        post: operations["roll_back_plugin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reported messages that wait, oldest first. */
        get: operations["reports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/reports/{report_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A report with what its reporter saw, as long as it waits. */
        get: operations["report_context"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/reports/{report_id}/delete_message": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete the message, for everybody. All reports of it that wait are decided by that. */
        post: operations["delete_reported"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/reports/{report_id}/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let the message stand. All reports of it that wait are decided by that. */
        post: operations["dismiss_report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts, oldest first. */
        get: operations["list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let somebody in who waits or was refused. */
        post: operations["approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/reinstate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let somebody in again who was suspended. */
        post: operations["reinstate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse somebody who waits. */
        post: operations["reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/reset_link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link by which somebody gives themselves a new password, once, within a day. An earlier one ends. */
        post: operations["make_reset_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lock somebody out. The last active admin cannot be. */
        post: operations["suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How to get in here. */
        get: operations["entrance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a link for a new password sent to a proven address. The answer does not tell whether anybody has it. */
        post: operations["forgot_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in from a new device. */
        post: operations["log_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log this device out: its tokens and sockets end. */
        post: operations["log_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a refresh token for a new pair. One that was given before logs its device out. */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an account and log in. It may have to wait for approval: see `user.status`. */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose a new password by a link, once. All devices of the account are logged out. */
        post: operations["reset_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify_email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prove an address by the link of its letter. If you wait to be let in, the policies decide once more. */
        post: operations["verify_email"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Calls that were for you. */
        get: operations["call_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls/{call_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of them, as it stands, with how media fared. */
        get: operations["call"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The slash commands that plugins declare. */
        get: operations["commands"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own account as it is now. */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the name to show. */
        patch: operations["change_me"];
        trace?: never;
    };
    "/api/v1/me/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom you block. */
        get: operations["blocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/blocks/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Block a person: nothing of theirs reaches you in private, and they cannot tell. */
        put: operations["block"];
        post?: never;
        /** End a block. What was sent meanwhile does not come. */
        delete: operations["unblock"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete your account. What you wrote stays, as a deleted account's; everything else about you goes. There is no way back. */
        post: operations["delete_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What you are logged in with. */
        get: operations["devices"];
        put?: never;
        post?: never;
        /** Log every device out but this one: their tokens and sockets end. */
        delete: operations["revoke_other_devices"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Log a device of yours out: its tokens and sockets end. */
        delete: operations["revoke_device"];
        options?: never;
        head?: never;
        /** Give a device of yours another name. */
        patch: operations["rename_device"];
        trace?: never;
    };
    "/api/v1/me/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where letters to you go. */
        get: operations["email"];
        /** Give another address: a letter goes there, whose link proves it and puts it in the place of the one before. Also to have the letter sent once more. */
        put: operations["set_email"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is known of you, as one JSON object: account, addresses, what you said when you registered, devices, choices, mutes, blocks, rooms, messages (also
         *     those that policies hold), receipts, reports.
         */
        get: operations["export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change your password. Your other devices are logged out, unless you want to keep them. */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/privacy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What you chose. */
        get: operations["privacy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Choose. */
        patch: operations["change_privacy"];
        trace?: never;
    };
    "/api/v1/me/registration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What you are asked while you wait to be let in. */
        get: operations["questions"];
        put?: never;
        /** Answer; the policies decide once more. */
        post: operations["answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's rooms, with last messages, unread counts and receipts. */
        get: operations["list_rooms"];
        put?: never;
        /** Make a group; you own it. */
        post: operations["create_group"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A room and who belongs to it. */
        get: operations["room"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename a group (its admins). */
        patch: operations["rename_group"];
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/bans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom a group keeps out (its admins). */
        get: operations["bans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/bans/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Take a person out of a group, if they belong to it, and keep them out (admins members, the owner anybody). */
        put: operations["ban"];
        post?: never;
        /** Let a person be taken in again (the group's admins). */
        delete: operations["unban"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take people into a group (its admins). Who belongs to it already stays as they are. */
        post: operations["add_members"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Leave (yourself), or take a member out (admins members, the owner anybody). */
        delete: operations["remove_member"];
        options?: never;
        head?: never;
        /** Give a member another role (the owner). */
        patch: operations["set_role"];
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages of a room. */
        get: operations["history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/messages/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message: that which a reply answers, say. */
        get: operations["message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/messages/{message_id}/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who received and read a message, and when. */
        get: operations["receipts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/messages/{message_id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show a message, with up to five others on each side of it, to the server's admins. */
        post: operations["report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the first admin. */
        post: operations["set_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What changed since the client's cursors; the socket's `sync`. */
        post: operations["sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Active people whose user name or display name begins so, or people by their ids. */
        get: operations["people"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An active person. */
        get: operations["person"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives. */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the server counts, for Prometheus. */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it may get traffic: the database answers, and the server is not stopping. */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account as its owner and admins see it. */
        Account: {
            /** @description Registration time. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Name to show. */
            display_name: string;
            /** @description Server-wide role. */
            role: components["schemas"]["UserRole"];
            /** @description Whether it may take part. */
            status: components["schemas"]["AccountStatus"];
            /** @description Why, where an admin gave a reason with the last change of status. */
            status_reason?: string | null;
            /** @description The account's id. */
            user_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Rises with every change of this user's own list: rooms gained and lost, account.
             */
            user_rev: number;
            /** @description Unique login name, lower case. */
            username: string;
        };
        /** @description How many accounts there are. */
        AccountCounts: {
            /**
             * Format: int64
             * @description Take part.
             */
            active: number;
            /**
             * Format: int64
             * @description Were deleted by their owners.
             */
            deleted: number;
            /**
             * Format: int64
             * @description Wait for a decision.
             */
            pending: number;
            /**
             * Format: int64
             * @description Were refused.
             */
            rejected: number;
            /**
             * Format: int64
             * @description Are locked out.
             */
            suspended: number;
        };
        /** @description A page of accounts. */
        AccountsPage: {
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
            /** @description Oldest first. */
            users: components["schemas"]["Account"][];
        };
        /**
         * @description Whether an account may take part.
         * @enum {string}
         */
        AccountStatus: "pending" | "active" | "rejected" | "suspended" | "deleted";
        /** @description Data of `account_status_changed`. */
        AccountStatusChanged: {
            /** @description The admin's reason, where there is one. */
            reason?: string | null;
            /** @description The status now. */
            status: components["schemas"]["AccountStatus"];
            /**
             * Format: int64
             * @description The user's rev after it.
             */
            user_rev: number;
        };
        /** @description Data of `active_speaker`. */
        ActiveSpeaker: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description Answers to the questions. */
        Answers: {
            /** @description One for each question that must be answered, at least. */
            answers: components["schemas"]["NewcomerAnswer"][];
        };
        /** @description A refusal or failure as clients see it. */
        ApiError: {
            /** @description What to branch on. */
            code: components["schemas"]["ErrorCode"];
            details?: components["schemas"]["ErrorDetails"] | null;
            /** @description For people. */
            message: string;
            /**
             * Format: int64
             * @description How long to wait before that.
             */
            retry_after_ms?: number | null;
            /** @description Whether the same request may succeed later. */
            retryable: boolean;
        };
        /** @description One more fact, by name. */
        Attr: {
            /** @description Lower case with underscores. */
            name: string;
            /** @description Its value. */
            value: string;
        };
        /** @description One line of the audit log. Lines are added, never changed. */
        AuditEntry: {
            /**
             * @description `setup`, `approve`, `reject`, `suspend`, `reinstate`, `refresh_token_reused`, `release_message`, `reject_message`,
             *     `mute`, `unmute`, `delete_message`, `dismiss_report`, `end_call`, `change_password`, `make_reset_link`, `reset_password`, `delete_account`, `install_plugin`, `configure_plugin`, `roll_back_plugin`, `remove_plugin`.
             */
            action: string;
            actor_id?: components["schemas"]["UserId"] | null;
            /** @description When it was done. */
            at: components["schemas"]["Timestamp"];
            /** @description What it was done to, or by whose word, where the rest does not say. */
            detail?: string | null;
            /**
             * Format: uuid
             * @description The line's id.
             */
            entry_id: string;
            /** @description The reason that was given. */
            reason?: string | null;
            target_id?: components["schemas"]["UserId"] | null;
        };
        /** @description A page of the audit log. */
        AuditPage: {
            /** @description Newest first. */
            entries: components["schemas"]["AuditEntry"][];
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description Whom a group keeps out. */
        Bans: {
            /** @description Oldest first. */
            bans: components["schemas"]["RoomBan"][];
        };
        /** @description Somebody from whom a person wants to hear nothing in private. */
        Block: {
            /** @description Since when. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who is blocked. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `block_changed`. */
        BlockChanged: {
            /** @description Which of the two. */
            blocked: boolean;
            /** @description Who is blocked, or not any more. */
            user_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description One's own rev after it.
             */
            user_rev: number;
        };
        /** @description Whom one blocks. */
        Blocks: {
            /** @description Oldest first. */
            blocks: components["schemas"]["Block"][];
        };
        /**
         * @description Whether a hook is asked.
         * @enum {string}
         */
        BreakerStatus: "closed" | "open" | "trial";
        /** @description A call as those see it whom it was for, and admins. */
        Call: {
            /** @description Names it. A missed call's message has the same id. */
            call_id: components["schemas"]["CallId"];
            /** @description Who called. */
            caller_id: components["schemas"]["UserId"];
            connected_at?: components["schemas"]["Timestamp"] | null;
            /** @description When it began to ring. */
            created_at: components["schemas"]["Timestamp"];
            ended_at?: components["schemas"]["Timestamp"] | null;
            ended_by?: components["schemas"]["UserId"] | null;
            /** @description Direct or group. */
            kind: components["schemas"]["RoomKind"];
            /** @description What it carries. */
            media: components["schemas"]["MediaKind"];
            /** @description Whom it was for, the caller included. */
            participants: components["schemas"]["CallParticipant"][];
            reason?: components["schemas"]["CallReason"] | null;
            room_id?: components["schemas"]["RoomId"] | null;
            /** @description Where it stands. */
            state: components["schemas"]["CallState"];
        };
        /** @description The answer to an event about a call. */
        CallAck: {
            /** @description The call; of `call_user` perhaps one that was there already. */
            call_id: components["schemas"]["CallId"];
            expires_at?: components["schemas"]["Timestamp"] | null;
            reason?: components["schemas"]["CallReason"] | null;
            /** @description Where it stands after the event. */
            state: components["schemas"]["CallState"];
        };
        /** @description Data of `call_ended`. */
        CallEnded: {
            /** @description Which. */
            call_id: components["schemas"]["CallId"];
            ended_by?: components["schemas"]["UserId"] | null;
            /** @description Why. */
            reason: components["schemas"]["CallReason"];
            room_id?: components["schemas"]["RoomId"] | null;
        };
        /** @description Data of `call_handled_elsewhere`: another device of the same person did it. */
        CallHandled: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description What the person did. */
            state: components["schemas"]["ParticipantState"];
        };
        /**
         * Format: uuid
         * @description A call, from its first ring to its end.
         */
        CallId: string;
        /** @description One person's part in a call. */
        CallParticipant: {
            joined_at?: components["schemas"]["Timestamp"] | null;
            left_at?: components["schemas"]["Timestamp"] | null;
            quality?: components["schemas"]["CallQuality"] | null;
            reason?: components["schemas"]["CallReason"] | null;
            /** @description Where they stand. */
            state: components["schemas"]["ParticipantState"];
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `call_ringing`, `call_accepted` and `participant_joined`. */
        CallPerson: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Whose doing. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `call_rejected` and `participant_left`. */
        CallPersonGone: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Why. */
            reason: components["schemas"]["CallReason"];
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description How media fared between the server and one person: means over their time in the call. */
        CallQuality: {
            /**
             * Format: int64
             * @description Packets lost of a thousand, in the worse of the two directions.
             */
            loss_permille: number;
            /**
             * Format: int64
             * @description Bits per second from the person.
             */
            received_bps: number;
            /**
             * Format: int64
             * @description There and back; absent if the client never reported it.
             */
            rtt_ms?: number | null;
            /**
             * Format: int64
             * @description Bits per second to the person.
             */
            sent_bps: number;
        };
        /**
         * @description Why a call ended, or somebody's part in it.
         * @enum {string}
         */
        CallReason: "hangup" | "timeout" | "busy" | "declined" | "cancelled" | "policy" | "drain" | "failed" | "consent" | "removed";
        /** @description Data of `call_ringing`, `answer_call`, `reject_call`, `cancel_call`, `join_call`, `leave_call` and `end_call`. */
        CallRef: {
            /** @description Which. */
            call_id: components["schemas"]["CallId"];
        };
        /** @description A page of calls. */
        CallsPage: {
            /** @description Newest first. */
            calls: components["schemas"]["Call"][];
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
        };
        /**
         * @description Where a call stands.
         * @enum {string}
         */
        CallState: "ringing" | "connected" | "ended";
        /** @description Data of `track_published` and `track_unpublished`. */
        CallTrack: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Which. */
            source: components["schemas"]["MediaSource"];
            /** @description Whose source. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `call_user`. */
        CallUser: {
            /** @description 1 to 64 characters; a retry has the same. */
            client_call_id: string;
            /** @description What the call is to carry. */
            media: components["schemas"]["MediaKind"];
            /**
             * Format: uuid
             * @description The members of this room.
             */
            room_id?: string | null;
            /**
             * Format: uuid
             * @description Whom; or `room_id`.
             */
            to?: string | null;
        };
        /** @description One thing that changed in a room. */
        Change: (components["schemas"]["Message"] & {
            /** @enum {string} */
            type: "message";
        }) | (components["schemas"]["Member"] & {
            /** @enum {string} */
            type: "member";
        }) | {
            /**
             * Format: int64
             * @description The rev of that change.
             */
            rev: number;
            /** @description The room as it is now; its `rev` may be newer than this change. */
            room: components["schemas"]["Room"];
            /** @enum {string} */
            type: "room";
        };
        /** @description What to change. */
        ChangeMe: {
            /** @description 1 to 80 characters. */
            display_name: string;
        };
        /** @description A password for the one before. */
        ChangePassword: {
            /** @description Whether your other devices stay logged in. */
            keep_other_devices?: boolean;
            /** @description 8 to 256 bytes. */
            new_password: string;
            /** @description The present one. */
            old_password: string;
        };
        /** @description What to change; what is absent stays. */
        ChangePrivacy: {
            /** @description Whether others learn what you read. Who does not tell is not told either. */
            read_receipts?: boolean | null;
            who_may_call?: components["schemas"]["Reach"] | null;
            who_may_write?: components["schemas"]["Reach"] | null;
        };
        /** @description What came of it. */
        ClickAnswer: {
            /**
             * Format: uuid
             * @description Names the decision in the records.
             */
            decision_id: string;
            /** @description What the plugin wanted done, and what came of each. */
            effects: components["schemas"]["EffectAnswer"][];
            /** @description The plugin's words. */
            message: string;
        };
        /** @description A click. */
        ClickRequest: {
            /** @description Which action. */
            action_id: string;
            /** @description The filled form; it must fit the action's schema. */
            form?: {
                [key: string]: unknown;
            };
            /** @description On which panel. */
            panel_id: string;
            /** @description On which row. */
            row_id?: string | null;
        };
        /** @description A slash command that a plugin declares. */
        CommandInfo: {
            /** @description Without the slash. */
            name: string;
            /** @description Whose. */
            plugin: string;
            /** @description What it does. */
            summary: string;
            /** @description What follows it. */
            usage: string;
        };
        /** @description The acknowledgement of a slash command. */
        CommandReply: {
            /** @description Whether this is the answer to an earlier try. */
            deduplicated: boolean;
            /** @description For who typed it. */
            reply?: string | null;
        };
        /** @description All slash commands. */
        CommandsAnswer: {
            /** @description In the order in which plugins are asked. */
            commands: components["schemas"]["CommandInfo"][];
        };
        /** @description What an active plugin is configured by, and with. */
        ConfigAnswer: {
            /** @description The table `[config]` of its settings. */
            config: Record<string, never>;
            /** @description JSON Schema of `config`; absent if it has none, and then any object is taken. */
            schema?: Record<string, never> | null;
        };
        /** @description Another config. */
        ConfigRequest: {
            /** @description The whole table; it must fit the schema. */
            config: {
                [key: string]: unknown;
            };
        };
        /**
         * Format: uuid
         * @description What a chain of policies decided about one event.
         */
        DecisionId: string;
        /** @description A decision as it is kept: without what people wrote. */
        DecisionRecord: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description SHA-256 of its text, in hex. */
            body_hash?: string | null;
            /** @description Names it. All plugins of a chain share it. */
            decision_id: components["schemas"]["DecisionId"];
            /** @description At which point. */
            hook: components["schemas"]["Hook"];
            message_id?: components["schemas"]["MessageId"] | null;
            /**
             * Format: int64
             * @description How long the call took, in microseconds.
             */
            micros: number;
            /** @description By whom. */
            plugin: string;
            /** @description SHA-256 of the component, in hex. */
            plugin_hash: string;
            /** @description The plugin's, or what failed. */
            reason?: string | null;
            room_id?: components["schemas"]["RoomId"] | null;
            user_id?: components["schemas"]["UserId"] | null;
            /** @description `allow`, `modify`, `hold`, `reject`; `trap`, `timeout`, `breaker_open`, `failed`, where `on_failure` spoke. */
            verdict: string;
            /** @description The plugin's own version. */
            version: string;
        };
        /** @description Why. */
        DecisionRequest: {
            /** @description Up to 500 characters; the person concerned reads it. */
            reason?: string | null;
        };
        /** @description A page of decisions. */
        DecisionsPage: {
            /** @description Newest first. */
            decisions: components["schemas"]["DecisionRecord"][];
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description The wish to be forgotten. */
        DeleteAccount: {
            /** @description Your password. */
            password: string;
        };
        /** @description Data of `message_deleted`, and the answer of `delete_message`. */
        DeletedMessage: {
            /** @description When. */
            deleted_at: components["schemas"]["Timestamp"];
            deleted_by?: components["schemas"]["UserId"] | null;
            /** @description The message. */
            message_id: components["schemas"]["MessageId"];
            /**
             * Format: int64
             * @description The room's rev after it.
             */
            rev: number;
            /** @description Its room. */
            room_id: components["schemas"]["RoomId"];
            /**
             * Format: int64
             * @description Its place, which it keeps.
             */
            seq: number;
        };
        /** @description Data of `delete_message`. */
        DeleteMessage: {
            /** @description Which. */
            message_id: components["schemas"]["MessageId"];
            /** @description Where. */
            room_id: components["schemas"]["RoomId"];
        };
        /** @description A device that is logged in. */
        Device: {
            /** @description When it was logged in. */
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: uuid
             * @description Names it.
             */
            device_id: string;
            /** @description Whether it has a live socket. */
            is_connected: boolean;
            /** @description Whether it is the one that asks. */
            is_this_one: boolean;
            /** @description When it last took new tokens; a device that is connected was there later. */
            last_used_at: components["schemas"]["Timestamp"];
            /** @description What its owner calls it; may be empty. */
            name: string;
        };
        /** @description What one is logged in with. */
        Devices: {
            /** @description Newest first. */
            devices: components["schemas"]["Device"][];
        };
        /** @description Something that the plugin wanted done. */
        EffectAnswer: {
            error?: components["schemas"]["ApiError"] | null;
            /** @description `post`, `set_status`, `mute`, `remove`, `notify_admins`, or another word of the plugin's. */
            kind: string;
            /** @description What came of it. */
            outcome: components["schemas"]["EffectOutcome"];
            /** @description To what: an id, by kind. */
            target: string;
        };
        /**
         * @description What came of an effect.
         * @enum {string}
         */
        EffectOutcome: "done" | "failed" | "refused";
        /** @description Where letters to somebody go. */
        EmailAddress: {
            /** @description As typed; absent if none was proven. */
            address?: string | null;
            /** @description Whether this server sends letters. */
            can_be_verified: boolean;
            /** @description Takes its place once the link that was sent there is opened; absent if none works. */
            unproven_address?: string | null;
            verified_at?: components["schemas"]["Timestamp"] | null;
        };
        /** @description What somebody who comes for the first time must know. */
        Entrance: {
            /** @description Whether the first admin is still to be made. */
            needs_setup: boolean;
            /** @description Whom the server lets in. */
            registration: components["schemas"]["RegistrationChoice"];
            /** @description Whether the server sends letters: without, only an admin helps whoever forgot their password. */
            sends_letters: boolean;
        };
        /** @description The body of a refused request. */
        ErrorBody: {
            /** @description The error. */
            error: components["schemas"]["RestError"];
        };
        /**
         * @description What went wrong, to branch on. `docs/protocol.md` says what each means.
         * @enum {string}
         */
        ErrorCode: "bad_frame" | "unknown_event" | "invalid_payload" | "unauthenticated" | "bad_credentials" | "account_pending" | "account_rejected" | "account_suspended" | "registration_closed" | "invalid_invite" | "invalid_link" | "no_mail" | "forbidden" | "policy_rejected" | "muted" | "not_found" | "method_not_allowed" | "username_taken" | "idempotency_conflict" | "already_set_up" | "conflict" | "too_large" | "rate_limited" | "overloaded" | "draining" | "internal";
        /** @description What else is known of an error. */
        ErrorDetails: {
            decision_id?: components["schemas"]["DecisionId"] | null;
            /** @description The policy that refused. */
            plugin?: string | null;
            /** @description The policy's own code. */
            policy_code?: string | null;
            /** @description The reason that an admin or a policy gave. */
            reason?: string | null;
            room_id?: components["schemas"]["RoomId"] | null;
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description Somebody who forgot their password. */
        ForgotPassword: {
            /** @description Their proven address. */
            email: string;
        };
        /** @description A message that waits, and what was said around it. */
        HeldContext: {
            /** @description What was said since, oldest first; not all of it. */
            after: components["schemas"]["Message"][];
            /** @description What was said just before it, oldest first. */
            before: components["schemas"]["Message"][];
            /** @description The message. */
            held: components["schemas"]["HeldEntry"];
            room?: components["schemas"]["Room"] | null;
        };
        /** @description A message that waits, as admins see it. */
        HeldEntry: {
            /** @description The text. */
            body: string;
            /** @description When the server took it. */
            created_at: components["schemas"]["Timestamp"];
            decision_id?: components["schemas"]["DecisionId"] | null;
            /** @description The message; it keeps this id. */
            message_id: components["schemas"]["MessageId"];
            /** @description The policy's note. */
            note: string;
            /** @description Which policy held it. */
            plugin: string;
            recipient_id?: components["schemas"]["UserId"] | null;
            reply_to?: components["schemas"]["MessageId"] | null;
            room_id?: components["schemas"]["RoomId"] | null;
            /** @description Who wrote it. */
            sender_id: components["schemas"]["UserId"];
            /** @description Whether it still waits. */
            status: components["schemas"]["HeldStatus"];
        };
        /** @description The acknowledgement of a message that waits for an admin. */
        HeldMessage: {
            /** @description When the server took it. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Whether an earlier try was held already. */
            deduplicated: boolean;
            /** @description The message's id. */
            message_id: components["schemas"]["MessageId"];
            room_id?: components["schemas"]["RoomId"] | null;
        };
        /** @description A part of the queue. */
        HeldPage: {
            /** @description Oldest first. */
            messages: components["schemas"]["HeldEntry"][];
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
        };
        /**
         * @description What became of a message that a policy held.
         * @enum {string}
         */
        HeldStatus: "held" | "released" | "rejected";
        /** @description A part of the history. */
        HistoryAnswer: {
            /** @description Whether there are more in that direction. */
            has_more: boolean;
            /** @description In the order asked for. */
            messages: components["schemas"]["Message"][];
        };
        /**
         * @description What new members see of the time before.
         * @enum {string}
         */
        HistoryChoice: "none" | "all";
        /**
         * @description The points at which plugins are asked.
         * @enum {string}
         */
        Hook: "registration" | "messages" | "message_events" | "rooms" | "calls" | "call_events" | "admin" | "commands" | "schedule";
        /** @description One hook of one plugin, since the server started. */
        HookStatus: {
            /** @description Whether it is asked. */
            breaker: components["schemas"]["BreakerStatus"];
            /** @description Which. */
            hook: components["schemas"]["Hook"];
            /**
             * Format: int64
             * @description Calls that did not take place because no instance was free.
             */
            overloads: number;
            /**
             * Format: int64
             * @description Half of the last calls took no longer.
             */
            p50_us: number;
            /**
             * Format: int64
             * @description All but one in a hundred took no longer.
             */
            p99_us: number;
            /**
             * Format: int64
             * @description Calls that were cut for their time.
             */
            timeouts: number;
            /**
             * Format: int64
             * @description Calls that trapped.
             */
            traps: number;
            /** @description Verdicts, by kind. */
            verdicts: components["schemas"]["VerdictCounts"];
        };
        /** @description A STUN or TURN server, as WebRTC's `RTCIceServer` has it. */
        IceServer: {
            /** @description For `turn:`; good for a while. */
            credential?: string | null;
            /** @description `stun:` and `turn:` addresses. */
            urls: string[];
            /** @description For `turn:`. */
            username?: string | null;
        };
        /** @description Data of `incoming_call`. */
        IncomingCall: {
            /** @description Which. */
            call_id: components["schemas"]["CallId"];
            /** @description Stop ringing then, whatever is heard or not. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Who calls. */
            from: components["schemas"]["UserId"];
            /** @description Direct or group. */
            kind: components["schemas"]["RoomKind"];
            /** @description What it is to carry. */
            media: components["schemas"]["MediaKind"];
            room_id?: components["schemas"]["RoomId"] | null;
        };
        /** @description Who has its code may be let in; how, the policies decide. */
        Invite: {
            /** @description What newcomers type. */
            code: string;
            /** @description When. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who made it. */
            created_by: components["schemas"]["UserId"];
            expires_at?: components["schemas"]["Timestamp"] | null;
            /**
             * Format: uuid
             * @description Names it.
             */
            invite_id: string;
            /** @description The admin's own note; policies see it. */
            label: string;
            /**
             * Format: int64
             * @description How many people may become active with it; absent: any number.
             */
            max_uses?: number | null;
            revoked_at?: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description How many did.
             */
            uses: number;
        };
        /** @description An invite to make. */
        InviteRequest: {
            /** @description A note, up to 80 characters; policies see it. */
            label?: string;
            /**
             * Format: int64
             * @description How many people may become active with it; any number if absent.
             */
            max_uses?: number | null;
            /**
             * Format: int64
             * @description How long it is valid; until it is revoked if absent.
             */
            valid_seconds?: number | null;
        };
        /** @description A part of the list. */
        InvitesPage: {
            /** @description Oldest first. */
            invites: components["schemas"]["Invite"][];
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description Calls that last. */
        LiveCalls: {
            /** @description Oldest first. */
            calls: components["schemas"]["Call"][];
        };
        /** @description The live log. */
        LogAnswer: {
            /** @description Oldest first. */
            lines: components["schemas"]["LogLine"][];
        };
        /** @description Credentials. */
        LoginRequest: {
            /** @description What to call this device; up to 80 characters. */
            device_name?: string | null;
            /** @description The password. */
            password: string;
            /** @description Whatever its case. */
            username: string;
        };
        /**
         * @description How grave a line is.
         * @enum {string}
         */
        LogLevel: "debug" | "info" | "warn" | "error";
        /** @description A line of a plugin's live log. */
        LogLine: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description How grave. */
            level: components["schemas"]["LogLevel"];
            /** @description The plugin's words, or the server's about it. */
            message: string;
        };
        /**
         * @description What a call carries.
         * @enum {string}
         */
        MediaKind: "audio" | "video";
        /**
         * @description A camera's encodings, by their `rid`.
         * @enum {string}
         */
        MediaLayer: "q" | "h" | "f";
        /**
         * @description What a participant can send.
         * @enum {string}
         */
        MediaSource: "microphone" | "camera" | "screen" | "screen_sound";
        /** @description One person's place in one room. Also the data of the event `member_updated`. */
        Member: {
            /** @description When they last joined. */
            joined_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description The room's rev at which this last changed.
             */
            rev: number;
            /** @description Present role. */
            role: components["schemas"]["MemberRole"];
            /** @description The room. */
            room_id: components["schemas"]["RoomId"];
            /** @description Whether they belong at present. */
            state: components["schemas"]["MemberState"];
            /** @description The person. */
            user_id: components["schemas"]["UserId"];
        };
        /**
         * @description What a member may do to a group.
         * @enum {string}
         */
        MemberRole: "member" | "admin" | "owner";
        /** @description Members. */
        MembersAnswer: {
            /** @description Those who joined. */
            members: components["schemas"]["Member"][];
        };
        /**
         * @description Whether somebody belongs to a room at present.
         * @enum {string}
         */
        MemberState: "joined" | "left";
        /** @description A stored message. */
        Message: {
            /** @description The text. */
            body: string;
            /** @description When the server accepted it. */
            created_at: components["schemas"]["Timestamp"];
            deleted_at?: components["schemas"]["Timestamp"] | null;
            deleted_by?: components["schemas"]["UserId"] | null;
            /** @description What it is. */
            kind: components["schemas"]["MessageKind"];
            /** @description The message's id. */
            message_id: components["schemas"]["MessageId"];
            reply_to?: components["schemas"]["MessageId"] | null;
            /**
             * Format: int64
             * @description The room's rev at its last visible change.
             */
            rev: number;
            /** @description Its room. */
            room_id: components["schemas"]["RoomId"];
            /** @description Its author. */
            sender_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Its place in the room: 1, 2, 3, … without gaps.
             */
            seq: number;
        };
        /** @description Data of `message_decision`. */
        MessageDecision: {
            /** @description The message. */
            message_id: components["schemas"]["MessageId"];
            /** @description Why. */
            reason?: string | null;
            room_id?: components["schemas"]["RoomId"] | null;
            /** @description What was decided. */
            status: components["schemas"]["HeldStatus"];
        };
        /**
         * Format: uuid
         * @description A message, for replies and receipts; its place in the room is its `seq`.
         */
        MessageId: string;
        /**
         * @description What a message is.
         * @enum {string}
         */
        MessageKind: "text" | "call";
        /** @description One person's receipts of one message, exact to the millisecond. */
        MessageReceipt: {
            delivered_at?: components["schemas"]["Timestamp"] | null;
            read_at?: components["schemas"]["Timestamp"] | null;
            /** @description The person; the author is not listed. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of a client's `message_status_update`. */
        MessageStatusUpdate: {
            /** @description Where. */
            room_id: components["schemas"]["RoomId"];
            /** @description Delivered or read. */
            status: components["schemas"]["ReceiptStatus"];
            /**
             * Format: int64
             * @description Covers every message up to this one.
             */
            up_to_seq: number;
        };
        /** @description Somebody may not write in a room, or anywhere, until a time. They go on reading, and their receipts count. */
        Mute: {
            /** @description Since when. */
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: uuid
             * @description Names it.
             */
            mute_id: string;
            muted_by?: components["schemas"]["UserId"] | null;
            /** @description The policy that wanted it. */
            plugin?: string | null;
            /** @description Why; the person reads it. */
            reason?: string | null;
            room_id?: components["schemas"]["RoomId"] | null;
            /** @description It ends then by itself. */
            until: components["schemas"]["Timestamp"];
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `mute_changed`: the person's own mute. */
        MuteChanged: {
            /** @description Why. */
            reason?: string | null;
            room_id?: components["schemas"]["RoomId"] | null;
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description A mute to make. */
        MuteRequest: {
            /** @description Up to 500 characters; the person reads it. */
            reason?: string | null;
            /**
             * Format: uuid
             * @description Where; everywhere if absent.
             */
            room_id?: string | null;
            /**
             * Format: int64
             * @description For how long: 1 to 316,224,000, which is ten years.
             */
            seconds: number;
            /**
             * Format: uuid
             * @description Who.
             */
            user_id: string;
        };
        /** @description A part of the list. */
        MutesPage: {
            /** @description Oldest first. */
            mutes: components["schemas"]["Mute"][];
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description An answer to a question of a hold. */
        NewcomerAnswer: {
            /** @description The question. */
            question_id: string;
            /** @description The answer. */
            text: string;
        };
        /** @description A group to make. */
        NewGroup: {
            /** @description Who belongs to it besides you. */
            member_ids?: components["schemas"]["UserId"][];
            /** @description 1 to 80 characters. */
            name: components["schemas"]["RoomName"];
        };
        /** @description People to take in. */
        NewMembers: {
            /** @description What they see of the time before. */
            history?: components["schemas"]["HistoryChoice"];
            /** @description Who. */
            user_ids: components["schemas"]["UserId"][];
        };
        /** @description A member's new role. */
        NewRole: {
            /** @description `owner` is given away: whoever gives it becomes an admin. */
            role: components["schemas"]["MemberRole"];
        };
        /** @description A section of a client's offer. */
        OfferedSection: {
            /** @description `a=mid` of the section. */
            mid: string;
            /** @description What it will carry, now or later. */
            source: components["schemas"]["MediaSource"];
        };
        /** @description What the server is, and what waits for an admin. */
        Overview: {
            /** @description How many accounts there are. */
            accounts: components["schemas"]["AccountCounts"];
            /** @description `SQLite` or `PostgreSQL`. */
            database: string;
            /**
             * Format: int64
             * @description Messages that policies hold.
             */
            held: number;
            /**
             * Format: int64
             * @description Reported messages that nobody has decided on.
             */
            reports: number;
            /**
             * Format: int64
             * @description Sockets that are connected.
             */
            sessions: number;
            /** @description When it was started. */
            started_at: components["schemas"]["Timestamp"];
            /** @description Natter's. */
            version: string;
        };
        /** @description A table for admins. */
        Panel: {
            /** @description What can be done. */
            actions: components["schemas"]["PanelAction"][];
            /** @description The heads. */
            columns: string[];
            /** @description Names it among the plugin's. */
            id: string;
            /** @description What it shows. */
            rows: components["schemas"]["PanelRow"][];
            /** @description For people. */
            title: string;
        };
        /** @description Something an admin can do. */
        PanelAction: {
            /** @description JSON Schema of its form; empty for none. */
            form: string;
            /** @description Names it in the panel. */
            id: string;
            /** @description The button. */
            title: string;
        };
        /** @description One row. */
        PanelRow: {
            /** @description Ids of the actions that it offers. */
            actions: string[];
            /** @description More. */
            attrs: components["schemas"]["Attr"][];
            /** @description One per column. */
            cells: string[];
            /** @description Names it in the panel. */
            id: string;
        };
        /** @description The panels of all plugins. */
        PanelsAnswer: {
            /** @description By priority of the plugins. */
            plugins: components["schemas"]["PluginPanels"][];
        };
        /**
         * @description Where one person stands in a call.
         * @enum {string}
         */
        ParticipantState: "ringing" | "joined" | "left" | "declined" | "missed" | "busy";
        /** @description Who was found. */
        People: {
            /** @description By user name; in no order if asked for by ids. */
            users: components["schemas"]["Profile"][];
        };
        /** @description A section of the server's offer. */
        PlacedTrack: {
            /** @description `a=mid` of the section. */
            mid: string;
            /** @description Which source of theirs. */
            source: components["schemas"]["MediaSource"];
            /** @description Who is in it now. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description The panels of one plugin. */
        PluginPanels: {
            /** @description Why not. */
            error?: string | null;
            /** @description Its panels; empty with an error if it could not be asked. */
            panels: components["schemas"]["Panel"][];
            /** @description Whose. */
            plugin: string;
        };
        /** @description Every plugin. */
        PluginsAnswer: {
            /** @description By name. */
            plugins: components["schemas"]["PluginStatus"][];
            /** @description The largest component that may be uploaded; 0: none. */
            upload_bytes: number;
        };
        /**
         * @description Whether a plugin works.
         * @enum {string}
         */
        PluginState: "active" | "kept_old" | "file_gone" | "unavailable" | "failed" | "disabled" | "rolled_back";
        /** @description What stands in the admin's list. */
        PluginStatus: {
            active_since?: components["schemas"]["Timestamp"] | null;
            /** @description Hashes to which it can be rolled back, newest first. */
            earlier: string[];
            /**
             * Format: int64
             * @description Rises with each activation; 0 if there was none.
             */
            generation: number;
            /** @description What it may ask for. */
            grants: string[];
            /** @description SHA-256 of the active component, in hex. */
            hash: string;
            /** @description How each of its hooks does. */
            hooks: components["schemas"]["HookStatus"][];
            /** @description Why the last file or settings were refused, or what else is wrong. */
            last_error?: string | null;
            last_error_at?: components["schemas"]["Timestamp"] | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Its place in the chain: low comes first.
             */
            priority: number;
            /** @description Whether it works. */
            state: components["schemas"]["PluginState"];
            /** @description The same. */
            summary: string;
            /** @description As the plugin describes itself. */
            version: string;
        };
        /** @description Data of `policy_notice`. */
        PolicyNotice: {
            /** @description Which plugin. */
            plugin: string;
            /** @description Its words. */
            text: string;
        };
        /** @description What a person chose about who reaches them, and what others learn of what they read. */
        Privacy: {
            /** @description Whether others learn what they read. Who does not tell is not told either. */
            read_receipts: boolean;
            /** @description Who may call them. */
            who_may_call: components["schemas"]["Reach"];
            /** @description Who may begin a private conversation with them; those that began already go on. */
            who_may_write: components["schemas"]["Reach"];
        };
        /** @description An account as other people see it. */
        Profile: {
            /** @description Name to show. */
            display_name: string;
            /** @description The account's id. */
            user_id: components["schemas"]["UserId"];
            /** @description Unique login name, lower case. */
            username: string;
        };
        /** @description A question for a newcomer. */
        Question: {
            /** @description For `choice`: each `option`. */
            attrs: components["schemas"]["Attr"][];
            /** @description Names it in the answers. */
            id: string;
            /** @description `text` or `choice`; perhaps others. */
            kind: string;
            /** @description Whether it must be answered. */
            required: boolean;
            /** @description For the newcomer. */
            text: string;
        };
        /**
         * @description From whom something may come.
         * @enum {string}
         */
        Reach: "everybody" | "shared_groups" | "nobody";
        /** @description The answer of a receipt. */
        ReceiptAck: {
            /**
             * Format: int64
             * @description One's own, after it.
             */
            delivered_seq: number;
            /**
             * Format: int64
             * @description One's own, after it.
             */
            read_seq: number;
        };
        /** @description Receipts of one message. */
        ReceiptsAnswer: {
            /** @description One for each other member; without times for who has not received it. */
            receipts: components["schemas"]["MessageReceipt"][];
        };
        /**
         * @description What a person's device says of messages.
         * @enum {string}
         */
        ReceiptStatus: "delivered" | "read";
        /** @description Data of `receive_private_message` and `receive_group_message`. */
        ReceivedMessage: components["schemas"]["Message"] & {
            /** @description Set only in the copy to the sender's other devices, so that they can match their own outbox. */
            client_msg_id?: string | null;
        };
        /** @description The newest refresh token of a device. */
        RefreshRequest: {
            /** @description Works once. */
            refresh_token: string;
        };
        /** @description The answer of `register_user`. */
        Registered: {
            /**
             * Format: uuid
             * @description By which device.
             */
            device_id: string;
            /** @description Until when the token is valid; the session ends with it. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description By which servers calls find their way, beside the server itself. */
            ice_servers: components["schemas"]["IceServer"][];
            /**
             * Format: uuid
             * @description Names this session in the server's log.
             */
            session_id: string;
            /** @description Whose session it is. */
            user: components["schemas"]["Account"];
            /**
             * Format: int64
             * @description Where the user's own rev stands.
             */
            user_rev: number;
        };
        /** @description Accounts to make. */
        RegisterRequest: {
            /** @description What to call this device; up to 80 characters. */
            device_name?: string | null;
            /** @description 1 to 80 characters; the user name if absent. */
            display_name?: string | null;
            /** @description An address; policies see it as not verified. */
            email?: string | null;
            /** @description The code of an invite. */
            invite?: string | null;
            /** @description 8 to 256 bytes. */
            password: string;
            /** @description 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit; folded to lower case. */
            username: string;
        };
        /** @description Data of `register_user`. */
        RegisterUser: {
            /** @description An access token. */
            token: string;
        };
        /** @description What somebody who waits is asked. */
        RegistrationAnswer: {
            /** @description What you answered so far. */
            answers: components["schemas"]["NewcomerAnswer"][];
            /** @description By the policy that holds you; empty if you do not wait. */
            questions: components["schemas"]["Question"][];
        };
        /**
         * @description Whom the server lets in.
         * @enum {string}
         */
        RegistrationChoice: "open" | "approval" | "closed";
        /** @description A device's other name. */
        RenameDevice: {
            /** @description Up to 80 characters. */
            name: string;
        };
        /** @description A group's new name. */
        RenameGroup: {
            /** @description 1 to 80 characters. */
            name: components["schemas"]["RoomName"];
        };
        /** @description A message that somebody reported. */
        Report: {
            /** @description When it was reported. */
            created_at: components["schemas"]["Timestamp"];
            /** @description What an admin made of it. */
            decision: components["schemas"]["ReportDecision"];
            /** @description The message. */
            message_id: components["schemas"]["MessageId"];
            /** @description Why. */
            reason?: string | null;
            /**
             * Format: uuid
             * @description Names it.
             */
            report_id: string;
            /** @description Who reported it. */
            reporter_id: components["schemas"]["UserId"];
            /** @description Its room. */
            room_id: components["schemas"]["RoomId"];
            /** @description Who wrote it. */
            sender_id: components["schemas"]["UserId"];
        };
        /** @description Data of `report_added`. */
        ReportAdded: {
            /**
             * Format: uuid
             * @description Which.
             */
            report_id: string;
        };
        /** @description A report and what was said around the message, as its reporter saw it then. */
        ReportContext: {
            /** @description The message with up to five others on each side, oldest first; nothing once it is decided. */
            messages: components["schemas"]["ReportedMessage"][];
            /** @description The report. */
            report: components["schemas"]["Report"];
        };
        /**
         * @description What an admin made of a report.
         * @enum {string}
         */
        ReportDecision: "waiting" | "dismissed" | "deleted";
        /** @description What came of it. */
        Reported: {
            /**
             * Format: uuid
             * @description Names the report; the same if you reported this message before.
             */
            report_id: string;
        };
        /** @description A message as its reporter saw it. */
        ReportedMessage: {
            /** @description The text. */
            body: string;
            /** @description When it was sent. */
            created_at: components["schemas"]["Timestamp"];
            /** @description The message. */
            message_id: components["schemas"]["MessageId"];
            /** @description Its author. */
            sender_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Its place in its room.
             */
            seq: number;
        };
        /** @description A message to report. */
        ReportRequest: {
            /** @description Up to 500 characters, for the admins. */
            reason?: string | null;
        };
        /** @description A part of the queue. */
        ReportsPage: {
            /** @description Ask with it for the next page; absent on the last. */
            next?: string | null;
            /** @description Oldest first. */
            reports: components["schemas"]["Report"][];
        };
        /** @description A link that an admin gives to somebody who forgot their password. */
        ResetLink: {
            /** @description Until then it works, once. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description The page that takes it, from the server's address on. */
            path: string;
            /** @description What `POST /auth/reset` takes. */
            token: string;
        };
        /** @description A password by a link. */
        ResetPassword: {
            /** @description 8 to 256 bytes. */
            new_password: string;
            /** @description What stands in the link. */
            token: string;
        };
        /** @description An error in the body of a refused request. */
        RestError: components["schemas"]["ApiError"] & {
            /**
             * Format: uuid
             * @description Quote it to the operator; the header `x-request-id` has it too.
             */
            request_id?: string | null;
        };
        /** @description What was logged out. */
        Revoked: {
            /**
             * Format: int64
             * @description How many devices.
             */
            revoked: number;
        };
        /** @description A room, without its members. */
        Room: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Direct or group. */
            kind: components["schemas"]["RoomKind"];
            /**
             * Format: int64
             * @description The newest message's place; 0 when there is none.
             */
            last_seq: number;
            /** @description A group's name; absent for direct rooms. */
            name?: string | null;
            /**
             * Format: int64
             * @description The newest visible change.
             */
            rev: number;
            /** @description The room's id. */
            room_id: components["schemas"]["RoomId"];
        };
        /** @description A room with its members. */
        RoomAnswer: {
            /** @description Who belongs to it. */
            members: components["schemas"]["Member"][];
            /** @description As in the room list. */
            room: components["schemas"]["RoomSummary"];
        };
        /** @description Somebody cannot be taken into a group until an admin of it lifts this. */
        RoomBan: {
            /** @description The admin of the group. */
            banned_by: components["schemas"]["UserId"];
            /** @description When. */
            created_at: components["schemas"]["Timestamp"];
            /** @description A note for the group's admins. */
            reason?: string | null;
            /** @description The group. */
            room_id: components["schemas"]["RoomId"];
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description How far a client knows one room. */
        RoomCursor: {
            /**
             * Format: int64
             * @description The rev that the client knows; 0 for nothing.
             */
            rev: number;
            /** @description The room. */
            room_id: components["schemas"]["RoomId"];
        };
        /**
         * Format: uuid
         * @description A direct or group conversation.
         */
        RoomId: string;
        /**
         * @description The two kinds of rooms.
         * @enum {string}
         */
        RoomKind: "direct" | "group";
        /** @description The room list. */
        RoomListAnswer: {
            /** @description Newest activity first. */
            rooms: components["schemas"]["RoomSummary"][];
            /**
             * Format: int64
             * @description One's own rev, for `sync`.
             */
            user_rev: number;
        };
        /** @description A room's name: 1 to 80 characters, no control characters, no white space around it. */
        RoomName: string;
        /** @description A row of the room list: what a messenger's first screen needs, in one call. Also the data of `room_updated`. */
        RoomSummary: components["schemas"]["Room"] & {
            last_message?: components["schemas"]["Message"] | null;
            /**
             * Format: int64
             * @description How many people belong to it.
             */
            member_count: number;
            peer_id?: components["schemas"]["UserId"] | null;
            /** @description The reader's own role. */
            role: components["schemas"]["MemberRole"];
            /**
             * Format: int64
             * @description Messages of others after the reader's read watermark.
             */
            unread_count: number;
            /** @description Receipts as they stand. */
            watermarks: components["schemas"]["Watermarks"];
        };
        /** @description One room's part of the answer. */
        RoomSync: {
            /** @description The newest state of each thing that changed, by rev. */
            changes: components["schemas"]["Change"][];
            /** @description Whether there is more than `limit`. */
            has_more: boolean;
            /**
             * Format: int64
             * @description Know this now; ask again from here while `has_more`.
             */
            rev: number;
            /** @description The room. */
            room_id: components["schemas"]["RoomId"];
            /** @enum {string} */
            state: "changes";
            /** @description The receipts as they stand. */
            watermarks: components["schemas"]["Watermarks"];
        } | {
            /** @description The room as in the room list; its `rev` is the new cursor. */
            room: components["schemas"]["RoomSummary"];
            /** @enum {string} */
            state: "reset";
        } | {
            /** @description The room. */
            room_id: components["schemas"]["RoomId"];
            /** @enum {string} */
            state: "gone";
        };
        /** @description Data of `rtc_answer`. */
        RtcAnswer: {
            /** @description In which call. */
            call_id: components["schemas"]["CallId"];
            /** @description The answer to the last `rtc_offer`. */
            sdp: string;
        };
        /** @description Data of `rtc_layer`. */
        RtcLayer: {
            /** @description In which call. */
            call_id: components["schemas"]["CallId"];
            layer?: components["schemas"]["MediaLayer"] | null;
            /** @description Which. */
            source: components["schemas"]["MediaSource"];
            /** @description Whose source. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `rtc_mute`. */
        RtcMute: {
            /** @description In which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Muted, or not any more. */
            muted: boolean;
            /** @description Which. */
            source: components["schemas"]["MediaSource"];
            /**
             * Format: uuid
             * @description Whose source; absent: one's own.
             */
            user_id?: string | null;
        };
        /** @description Data of `rtc_muted_by`. */
        RtcMuted: {
            /** @description By whom. */
            by: components["schemas"]["UserId"];
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Whether it is muted now. */
            muted: boolean;
            /** @description Which. */
            source: components["schemas"]["MediaSource"];
            /** @description Whose source. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of `rtc_offer`. */
        RtcOffer: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description To be answered with `rtc_answer`. */
            sdp: string;
            /** @description What is in its sections; replaces what was told before. */
            tracks: components["schemas"]["PlacedTrack"][];
        };
        /** @description Data of `rtc_publish`. */
        RtcPublish: {
            /** @description In which call. */
            call_id: components["schemas"]["CallId"];
            /** @description The offer for the connection that sends. */
            sdp: string;
            /** @description What each of its sections will carry, now or later. */
            sections: components["schemas"]["OfferedSection"][];
        };
        /** @description The answer of `rtc_publish`. */
        RtcPublished: {
            /** @description The server's answer to the offer. */
            sdp: string;
        };
        /** @description Data of `rtc_publish_layers`: encode no others, nobody watches them. */
        RtcPublishLayers: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Of one's camera. */
            layers: components["schemas"]["MediaLayer"][];
        };
        /** @description Data of `rtc_restart`: a connection is over. */
        RtcRestart: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description `publish`: make another and `rtc_publish`; `subscribe`: forget it, an offer for another follows. */
            side: components["schemas"]["RtcSide"];
        };
        /**
         * @description One of a participant's two connections.
         * @enum {string}
         */
        RtcSide: "publish" | "subscribe";
        /** @description Data of `rtc_sources`. */
        RtcSources: {
            /** @description In which call. */
            call_id: components["schemas"]["CallId"];
            /** @description What is sent from now on, of what was offered. */
            sources: components["schemas"]["MediaSource"][];
        };
        /** @description Data of `rtc_tracks`: the sections stay, what is in them changed. */
        RtcTracks: {
            /** @description Which call. */
            call_id: components["schemas"]["CallId"];
            /** @description Replaces what was told before. */
            tracks: components["schemas"]["PlacedTrack"][];
        };
        /** @description Data of `send_group_message`. */
        SendGroup: {
            /** @description The text. */
            body: string;
            /** @description 1 to 64 characters; a retry has the same. */
            client_msg_id: string;
            reply_to?: components["schemas"]["MessageId"] | null;
            /** @description Where. */
            room_id: components["schemas"]["RoomId"];
        };
        /** @description Data of `send_private_message`. */
        SendPrivate: {
            /** @description The text. */
            body: string;
            /** @description 1 to 64 characters; a retry has the same. */
            client_msg_id: string;
            reply_to?: components["schemas"]["MessageId"] | null;
            /** @description To whom. */
            to: components["schemas"]["UserId"];
        };
        /** @description The acknowledgement of a message that was committed. */
        SentMessage: {
            /** @description The text as it is stored, where a policy changed it; a retry may not be told again. */
            body?: string | null;
            /** @description When the server accepted it. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Whether an earlier try had already been stored. */
            deduplicated: boolean;
            /** @description The message's id. */
            message_id: components["schemas"]["MessageId"];
            /**
             * Format: int64
             * @description The room's rev after it.
             */
            rev: number;
            /** @description Its room (new to the client if this was the first message to a person). */
            room_id: components["schemas"]["RoomId"];
            /**
             * Format: int64
             * @description Its place.
             */
            seq: number;
        };
        /** @description A push to a client. On the wire its name is the variant's in snake_case, its data the variant's content. */
        ServerEvent: {
            /** @description A message in a direct room. */
            data: components["schemas"]["ReceivedMessage"];
            /** @enum {string} */
            event: "receive_private_message";
        } | {
            /** @description A message in a group. */
            data: components["schemas"]["ReceivedMessage"];
            /** @enum {string} */
            event: "receive_group_message";
        } | {
            /** @description What became of a message of one's own that a policy held. */
            data: components["schemas"]["MessageDecision"];
            /** @enum {string} */
            event: "message_decision";
        } | {
            /** @description The person may not write for a while, or may again. */
            data: components["schemas"]["MuteChanged"];
            /** @enum {string} */
            event: "mute_changed";
        } | {
            /** @description What a policy wants admins to know. */
            data: components["schemas"]["PolicyNotice"];
            /** @enum {string} */
            event: "policy_notice";
        } | {
            /** @description A message was deleted; its place stays. */
            data: components["schemas"]["DeletedMessage"];
            /** @enum {string} */
            event: "message_deleted";
        } | {
            /** @description The person blocked somebody, or unblocked them, from another device. */
            data: components["schemas"]["BlockChanged"];
            /** @enum {string} */
            event: "block_changed";
        } | {
            /** @description For admins of the server: somebody reported a message. */
            data: components["schemas"]["ReportAdded"];
            /** @enum {string} */
            event: "report_added";
        } | {
            /** @description Somebody received or read messages. */
            data: components["schemas"]["StatusUpdate"];
            /** @enum {string} */
            event: "message_status_update";
        } | {
            /** @description Somebody is writing, or stopped; may be lost. */
            data: components["schemas"]["Typing"];
            /** @enum {string} */
            event: "typing";
        } | {
            /** @description A room is new to this person, or was renamed. */
            data: components["schemas"]["RoomSummary"];
            /** @enum {string} */
            event: "room_updated";
        } | {
            /** @description Somebody joined, left or changed role. */
            data: components["schemas"]["Member"];
            /** @enum {string} */
            event: "member_updated";
        } | {
            /** @description The person's own account. */
            data: components["schemas"]["AccountStatusChanged"];
            /** @enum {string} */
            event: "account_status_changed";
        } | {
            /** @description Somebody calls. */
            data: components["schemas"]["IncomingCall"];
            /** @enum {string} */
            event: "incoming_call";
        } | {
            /** @description To the caller: a callee's device rings. */
            data: components["schemas"]["CallPerson"];
            /** @enum {string} */
            event: "call_ringing";
        } | {
            /** @description To the caller: the first one answered. */
            data: components["schemas"]["CallPerson"];
            /** @enum {string} */
            event: "call_accepted";
        } | {
            /** @description To those in the call: somebody refused. */
            data: components["schemas"]["CallPersonGone"];
            /** @enum {string} */
            event: "call_rejected";
        } | {
            /** @description To a person's other devices: they need not ring any more. */
            data: components["schemas"]["CallHandled"];
            /** @enum {string} */
            event: "call_handled_elsewhere";
        } | {
            /** @description To all whom the call was for. */
            data: components["schemas"]["CallEnded"];
            /** @enum {string} */
            event: "call_ended";
        } | {
            /** @description To those in the call. */
            data: components["schemas"]["CallPerson"];
            /** @enum {string} */
            event: "participant_joined";
        } | {
            /** @description To those in the call. */
            data: components["schemas"]["CallPersonGone"];
            /** @enum {string} */
            event: "participant_left";
        } | {
            /** @description An offer for what one receives. */
            data: components["schemas"]["RtcOffer"];
            /** @enum {string} */
            event: "rtc_offer";
        } | {
            /** @description What is in the sections of that connection. */
            data: components["schemas"]["RtcTracks"];
            /** @enum {string} */
            event: "rtc_tracks";
        } | {
            /** @description Which layers of one's camera somebody watches. */
            data: components["schemas"]["RtcPublishLayers"];
            /** @enum {string} */
            event: "rtc_publish_layers";
        } | {
            /** @description To those in the call: a source was muted or unmuted. */
            data: components["schemas"]["RtcMuted"];
            /** @enum {string} */
            event: "rtc_muted_by";
        } | {
            /** @description One of one's connections is over. */
            data: components["schemas"]["RtcRestart"];
            /** @enum {string} */
            event: "rtc_restart";
        } | {
            /** @description To those in the call. */
            data: components["schemas"]["CallTrack"];
            /** @enum {string} */
            event: "track_published";
        } | {
            /** @description To those in the call. */
            data: components["schemas"]["CallTrack"];
            /** @enum {string} */
            event: "track_unpublished";
        } | {
            /** @description To those in the call. */
            data: components["schemas"]["ActiveSpeaker"];
            /** @enum {string} */
            event: "active_speaker";
        } | {
            /** @description The server stops; come back after a pause of one's own. */
            data: {
                /**
                 * Format: int64
                 * @description Wait this long before connecting again; different for every session.
                 */
                reconnect_after_ms: number;
            };
            /** @enum {string} */
            event: "server_draining";
        } | {
            /** @description Pushes may have been missed: call `sync`. */
            data: Record<string, never>;
            /** @enum {string} */
            event: "sync_required";
        };
        /** @description An address for letters. */
        SetEmail: {
            /** @description Up to 254 bytes. */
            email: string;
            /** @description Your password: whoever reads your letters could take your account. */
            password: string;
        };
        /** @description The first admin. */
        SetupRequest: components["schemas"]["RegisterRequest"] & {
            /** @description What the server printed at its start. */
            token: string;
        };
        /** @description Data of the server's `message_status_update`. */
        StatusUpdate: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description In groups: every member but the addressee has received up to here.
             */
            delivered_all_seq?: number | null;
            /**
             * Format: int64
             * @description In groups: every member but the addressee has read up to here.
             */
            read_all_seq?: number | null;
            /** @description The room. */
            room_id: components["schemas"]["RoomId"];
            /** @description Delivered or read. */
            status: components["schemas"]["ReceiptStatus"];
            /**
             * Format: int64
             * @description Covers every message up to this one.
             */
            up_to_seq: number;
            /** @description Who received or read. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description What became of what a client sent. */
        Submitted: (components["schemas"]["SentMessage"] & {
            /** @enum {string} */
            status: "sent";
        }) | (components["schemas"]["HeldMessage"] & {
            /** @enum {string} */
            status: "held";
        }) | (components["schemas"]["CommandReply"] & {
            /** @enum {string} */
            status: "command";
        });
        /** @description What a client has. */
        SyncRequest: {
            /**
             * Format: int64
             * @description Changes per room in the answer, 1 to 500; 100 if absent.
             */
            limit?: number | null;
            /** @description The rooms that it knows. */
            rooms?: components["schemas"]["RoomCursor"][];
            /**
             * Format: int64
             * @description The user's own rev that the client knows; 0 at first.
             */
            user_rev: number;
        };
        /** @description What it missed. */
        SyncResponse: {
            /** @description The reader's account as it stands. */
            account: components["schemas"]["Account"];
            /** @description Whether rooms were left out for the size of the answer: ask again from this `user_rev`. */
            has_more: boolean;
            /** @description Every listed room, and every room gained since. */
            rooms: components["schemas"]["RoomSync"][];
            /**
             * Format: int64
             * @description Know this now.
             */
            user_rev: number;
        };
        /**
         * Format: date-time
         * @description Milliseconds since 1970-01-01T00:00:00Z.
         * @example 2026-11-23T09:30:00.000Z
         */
        Timestamp: string;
        /** @description What a login gives. */
        Tokens: {
            access_expires_at: components["schemas"]["Timestamp"];
            /** @description For every request, and for `register_user`. */
            access_token: string;
            /**
             * Format: uuid
             * @description New at each login.
             */
            device_id: string;
            refresh_expires_at: components["schemas"]["Timestamp"];
            /** @description For the next pair; works once. */
            refresh_token: string;
            user: components["schemas"]["Account"];
        };
        /** @description Data of `typing`. */
        Typing: {
            /** @description Where. */
            room_id: components["schemas"]["RoomId"];
            /** @description Writing, or stopped. Clients let it lapse after 6 s. */
            typing: boolean;
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Data of a client's `typing`. */
        TypingEvent: {
            /** @description Where. */
            room_id: components["schemas"]["RoomId"];
            /** @description Writing, or stopped. */
            typing: boolean;
        };
        /** @description A component to be installed. */
        UploadRequest: {
            /** @description The component, in base64. */
            component: string;
            /** @description The text of its `.toml`: grants, scope, priority, config; without it what the plugin has stays. */
            settings?: string | null;
        };
        /**
         * Format: uuid
         * @description A person's account.
         */
        UserId: string;
        /**
         * @description What an account may do to the server, apart from its roles in rooms.
         * @enum {string}
         */
        UserRole: "member" | "admin";
        /** @description Calls that went well, by what they said. */
        VerdictCounts: {
            /**
             * Format: int64
             * @description Also what has no verdict: after-hooks, panels, ticks.
             */
            allow: number;
            /**
             * Format: int64
             * @description Held.
             */
            hold: number;
            /**
             * Format: int64
             * @description Modified.
             */
            modify: number;
            /**
             * Format: int64
             * @description Rejected.
             */
            reject: number;
        };
        /** @description The proof of an address. */
        VerifyEmail: {
            /** @description What stands in the link. */
            token: string;
        };
        /** @description One member's receipts in one room; every message up to the number is covered. */
        Watermark: {
            /**
             * Format: int64
             * @description Delivered up to this message.
             */
            delivered_seq: number;
            /**
             * Format: int64
             * @description Read up to this message; never above `delivered_seq`.
             */
            read_seq: number;
            /** @description The person. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A room's receipts as one reader sees them. */
        Watermarks: {
            /**
             * Format: int64
             * @description Every other member has received up to here.
             */
            delivered_all_seq: number;
            /** @description Every present member's, in rooms of up to 32 members; absent in larger ones. */
            members?: components["schemas"]["Watermark"][] | null;
            /** @description One's own. */
            own: components["schemas"]["Watermark"];
            /**
             * Format: int64
             * @description Every other member has read up to here.
             */
            read_all_seq: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    audit: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                before?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    live_calls: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At this moment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveCalls"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    end_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is over */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: it was over already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    decisions: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                before?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
                /** @description Of this plugin only. */
                plugin?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionsPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    held: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    held_context: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In its context */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldContext"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: decided already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    reject_held: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Refused */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: decided already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    release_held: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Released */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentMessage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: decided already, or the sender may not write there any more */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    invites: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitesPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    make_invite: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteRequest"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invite"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    revoke_invite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                invite_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    mutes: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
                /** @description Of this person only. */
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MutesPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    make_mute: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MuteRequest"];
            };
        };
        responses: {
            /** @description Muted */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mute"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: no such person or room */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    lift_mute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                mute_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lifted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: it has run out, or was replaced or lifted */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At this moment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    panels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The panels of all plugins */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelsAnswer"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    every_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginsAnswer"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    upload_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description New, or of the plugin that it takes the place of */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadRequest"];
            };
        };
        responses: {
            /** @description It is active, unless its settings say otherwise */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginStatus"];
                };
            };
            /** @description `invalid_payload`: the name, component or settings cannot be used; nothing was changed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden`, also where `policies.upload_bytes` is 0 */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: the folder cannot be written */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_large`: over `policies.upload_bytes` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    remove_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: why not */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    click: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose panel */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClickRequest"];
            };
        };
        responses: {
            /** @description What the plugin says, and what came of what it wants done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClickAnswer"];
                };
            };
            /** @description `invalid_payload`: the form does not fit */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: no such plugin or action */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: the row does not offer it any more, or the plugin refused or failed; nothing was changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    plugin_config: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Schema and config */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigAnswer"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: no such plugin, or it is not active */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    configure_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigRequest"];
            };
        };
        responses: {
            /** @description It is in force */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginStatus"];
                };
            };
            /** @description `invalid_payload`: it does not fit; nothing was changed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: no such plugin, or it was never active */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: its settings cannot be written */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    disable_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is switched off */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginStatus"];
                };
            };
            /** @description `invalid_payload`: its settings cannot be used */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: its settings cannot be written */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    enable_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is active */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginStatus"];
                };
            };
            /** @description `invalid_payload`: its settings cannot be used */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: no such plugin, or it was never active */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: why not; nothing was changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    plugin_log: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lines */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogAnswer"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    roll_back_plugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is active */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginStatus"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: why not; nothing was changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    reports: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportsPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    report_context: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In its context */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportContext"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    delete_reported: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                report_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Decided */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: decided already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    dismiss_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                report_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Decided */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: decided already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    list: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Only these: up to 100 ids with commas between. */
                ids?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
                /** @description How the user name or the display name begins, whatever its case. */
                query?: string;
                /** @description Of this status only. */
                status?: "pending" | "active" | "rejected" | "suspended" | "deleted";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountsPage"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    approve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Decided */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: not in the status for it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    reinstate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Decided */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: not in the status for it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    reject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Decided */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: not in the status for it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    make_reset_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made; it is shown only now */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetLink"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    suspend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Decided */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: not in the status for it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    entrance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How this server lets people in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entrance"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    forgot_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForgotPassword"];
            };
        };
        responses: {
            /** @description A letter goes out, if somebody has this address and got none in the last five minutes */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `no_mail` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description Logged in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description `bad_credentials` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `account_rejected`, `account_suspended` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `rate_limited`: too many wrong passwords */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    log_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description Logged in for longer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description `unauthenticated`: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `account_rejected`, `account_suspended` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description `registration_closed`, `invalid_invite`, `policy_rejected` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `username_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    reset_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetPassword"];
            };
        };
        responses: {
            /** @description Log in with it */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `invalid_link` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    verify_email: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyEmail"];
            };
        };
        responses: {
            /** @description Proven */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_link` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    call_history: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                before?: string;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
                /** @description Of this room only. */
                room_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallsPage"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    commands: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandsAnswer"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    change_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeMe"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `account_pending` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    blocks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Blocks"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    block: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Blocked, perhaps before */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_payload`: yourself */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_large`: you block too many */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    unblock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not blocked, perhaps never */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    delete_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteAccount"];
            };
        };
        responses: {
            /** @description Deleted; your devices are logged out, your groups left */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `bad_credentials` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: the last active admin must stay */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `rate_limited`: too many wrong passwords */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    devices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Devices"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    revoke_other_devices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revoked"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    revoke_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    rename_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameDevice"];
            };
        };
        responses: {
            /** @description Renamed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    email: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your address, if you have proven one, and the one that you are about to prove */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailAddress"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    set_email: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetEmail"];
            };
        };
        responses: {
            /** @description A letter goes out */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `bad_credentials` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `no_mail` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `rate_limited`: a letter went out within the last five minutes, or too many wrong passwords */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    export: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file to keep */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description `overloaded`: you have one under way, or others do */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            /** @description Changed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `bad_credentials`: not the present one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `rate_limited`: too many wrong passwords */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    privacy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your choices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Privacy"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    change_privacy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePrivacy"];
            };
        };
        responses: {
            /** @description Your choices now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Privacy"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    questions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Questions and answers so far */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationAnswer"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    answer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Answers"];
            };
        };
        responses: {
            /** @description The account as it is then */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description `invalid_payload`: a question is unknown or left out */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: you do not wait */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    list_rooms: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest activity first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomListAnswer"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `account_pending` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    create_group: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGroup"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomSummary"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found`: somebody is unknown or not active */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_large`: too many members */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    room: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The room */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomAnswer"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    rename_group: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameGroup"];
            };
        };
        responses: {
            /** @description Renamed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomSummary"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    bans: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Where */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bans */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bans"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ban: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Where */
                room_id: string;
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description Banned */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: nobody bans themselves */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    unban: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Where */
                room_id: string;
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lifted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    add_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMembers"];
            };
        };
        responses: {
            /** @description Those who joined */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MembersAnswer"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_large`: too many members */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    remove_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Where */
                room_id: string;
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: the owner gives the group away first */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    set_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Where */
                room_id: string;
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRole"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    history: {
        parameters: {
            query?: {
                /** @description The oldest above this seq, oldest first. Neither: the newest. */
                after?: number;
                /** @description The newest below this seq, newest first. */
                before?: number;
                /** @description 1 to 200; 50 if absent. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Where */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What you may see of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryAnswer"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                message_id: string;
                /** @description Where */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    receipts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                message_id: string;
                /** @description Where */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receipts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptsAnswer"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                message_id: string;
                /** @description Where */
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportRequest"];
            };
        };
        responses: {
            /** @description Reported */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reported"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `conflict`: it is deleted, or your own */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `too_large`: too many reports of yours wait */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    set_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupRequest"];
            };
        };
        responses: {
            /** @description You are the admin */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description `unauthenticated`: not the token that the server printed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `already_set_up`, `username_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    sync: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SyncRequest"];
            };
        };
        responses: {
            /** @description What was missed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncResponse"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    people: {
        parameters: {
            query?: {
                /** @description Instead of the others: up to 100 ids with commas between. Suspended people are found too, for their messages stay. */
                ids?: string;
                /** @description 1 to 100; 20 if absent. */
                limit?: number;
                /** @description How the user name or the display name begins, whatever its case; everybody if empty. */
                query?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who was found */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["People"];
                };
            };
            /** @description `invalid_payload` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `account_pending` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    person: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The person */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `account_pending` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenMetrics text */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It may */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `draining` or `overloaded` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Refused; `docs/protocol.md` lists the codes */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}
