// Section 3: Configuration
// What a client is made with. A configuration is filled in, given to i2v_client_create(), which copies it,
// and destroyed. A setter that refuses its value says so in its status; the client remembers the refusal too,
// and i2v_client_create() then fails with the details, so that a row of setters needs no checks in between.
import Image2Video

/// How a client reaches the service, and how it behaves. Mutable; used by one thread at a time.
public typealias i2v_config = OpaquePointer

/// Create a configuration that holds the defaults.
///
/// - Returns: the new configuration; never NULL.
/// - Ownership: the caller destroys it with `i2v_config_destroy`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_create")
public func i2v_config_create() -> i2v_config? {
    handle(ConfigurationBox(Configuration()))
}

/// Destroy a configuration.
///
/// Clients created from it are not touched.
///
/// - Parameters:
///   - config: the configuration; NULL is harmless.
/// - Threads: any thread, once, when no other thread uses it.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_destroy")
public func i2v_config_destroy(_ config: i2v_config?) {
    release(config, as: ConfigurationBox.self)
}

/// Where a client's callbacks run.
/// - Values: Delivery I2V_DELIVERY_
public typealias i2v_delivery = Int32

/// How much a log line matters.
/// - Values: LogLevel I2V_LOG_
public typealias i2v_log_level = Int32

/// Receives one log line: one line of UTF-8 text without a line break and without credentials. `message` is
/// valid during the call. Runs on the client's thread or on a thread that is inside a call of this library,
/// with no lock held; it must not call functions of the same client.
public typealias i2v_log_fn =
    @convention(c) (
        _ level: i2v_log_level, _ message: UnsafePointer<CChar>?, _ userData: UnsafeMutableRawPointer?
    ) -> Void

/// Tells that a finished video that nobody has saved is about to go. `id` is valid during the call, and
/// `remaining` is in milliseconds. Delivered like the callbacks of jobs.
public typealias i2v_expiry_fn =
    @convention(c) (
        _ id: UnsafePointer<CChar>?, _ remaining: Int64, _ userData: UnsafeMutableRawPointer?
    ) -> Void

/// Set the API key, sent as `x-api-key` to the API's host alone.
///
/// A client needs one of API key, bearer token and client credentials; `i2v_client_create` refuses more than
/// one. Where an answer repeats the credential inside a text, the text has asterisks instead. A credential of fewer
/// than 16 characters is left as it is: it would be found in ids and addresses by accident.
///
/// - Parameters:
///   - config: the configuration.
///   - key: the key.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text, text that is not UTF-8 or has
///   control characters.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_api_key")
public func i2v_config_set_api_key(_ config: i2v_config?, _ key: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "api_key", key, as: ConfigurationBox.self, check: headerCheck("api_key")) {
        $0.apiKey = $1
    }
}

/// Set the bearer token, sent as `Authorization: Bearer` to the API's host alone.
///
/// A client needs one of API key, bearer token and client credentials; `i2v_client_create` refuses more than
/// one. Where an answer repeats it, it is hidden as i2v_config_set_api_key() tells.
///
/// - Parameters:
///   - config: the configuration.
///   - token: the token, without the word Bearer.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text, text that is not UTF-8 or has
///   control characters.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_bearer_token")
public func i2v_config_set_bearer_token(_ config: i2v_config?, _ token: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "bearer_token", token, as: ConfigurationBox.self, check: headerCheck("bearer_token")) {
        $0.bearerToken = $1
    }
}

/// Set the client id and secret, from which the client gets its token.
///
/// The token is fetched before the first request, kept, and fetched once more when the service calls it
/// expired. A client needs one of this, an API key and a bearer token; `i2v_client_create` refuses more than
/// one. Where an answer repeats the secret or the token, they are hidden as i2v_config_set_api_key() tells.
///
/// - Parameters:
///   - config: the configuration.
///   - clientId: the client id.
///   - clientSecret: the client secret.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_client_credentials")
public func i2v_config_set_client_credentials(
    _ config: i2v_config?, _ clientId: UnsafePointer<CChar>?, _ clientSecret: UnsafePointer<CChar>?
) -> i2v_status {
    setValue(config, "client_secret", as: ConfigurationBox.self) { (value) throws(I2VError) in
        let id = try text(clientId, "client_id")
        let secret = try text(clientSecret, "client_secret")
        if id.isEmpty { throw .invalid("client_id", "client_id is empty") }
        if secret.isEmpty { throw .invalid("client_secret", "client_secret is empty") }
        value.clientID = id
        value.clientSecret = secret
    }
}

/// Set what the environment says: the credentials and where the service is.
///
/// Nothing is read from the environment but by this call and, for proxies, by libcurl. It takes
/// `AKOOL_API_KEY`, or, when that is not set, `AKOOL_CLIENT_ID` and `AKOOL_CLIENT_SECRET`; and
/// `AKOOL_BASE_URL`. Empty variables count as not set. What it refuses stays refused, whatever is set
/// afterwards, and i2v_client_create() tells which variable it was.
///
/// - Parameters:
///   - config: the configuration.
/// - Returns: `I2V_OK`, also when nothing is set; `I2V_ERROR_INVALID_ARGUMENT` for NULL, for an id without a
///   secret or the other way round, and for text that is not UTF-8 or that a header cannot carry.
/// - Threads: one thread at a time, while no other thread changes the environment.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_load_environment")
public func i2v_config_load_environment(_ config: i2v_config?) -> i2v_status {
    setValue(config, "environment", as: ConfigurationBox.self) { (value) throws(I2VError) in
        try value.loadEnvironment()
    }
}

/// Set where the service is.
///
/// Default `https://openapi.akool.com`. A path is kept and put before the service's own, so that a gateway
/// can be used. Only http and https are accepted; user names, queries and fragments are not.
///
/// - Parameters:
///   - config: the configuration.
///   - url: an absolute URL, with or without a path and a final slash.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_base_url")
public func i2v_config_set_base_url(_ config: i2v_config?, _ url: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "base_url", url, as: ConfigurationBox.self) { $0.baseURL = $1 }
}

/// Set a file of certificate authorities to trust instead of the system's.
///
/// Certificates are always verified; there is no way to turn that off. The file also counts for a proxy that is
/// reached over TLS.
///
/// - Parameters:
///   - config: the configuration.
///   - path: path of a PEM file.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_ca_file")
public func i2v_config_set_ca_file(_ config: i2v_config?, _ path: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "ca_file", path, as: ConfigurationBox.self) { $0.caFile = $1 }
}

/// Set the proxy to use.
///
/// Default: what the environment says (`https_proxy`, `http_proxy`, `all_proxy`), as libcurl reads it. An empty
/// text means no proxy, whatever the environment says. Hosts that `no_proxy` names are reached without one in
/// any case.
///
/// An address is `[scheme://][user[:password]@]host[:port]`. Schemes: `http` (where none is given), `https`,
/// `socks4`, `socks4a`, `socks5`, `socks5h`; with `socks4a` and `socks5h` the proxy resolves host names. The port
/// is 1080 where none is given, 443 for `https`. Characters in a user name or password that have a meaning in
/// URLs are percent-encoded. Requests to https addresses go through a tunnel (CONNECT); an HTTP proxy reads those
/// to http addresses, credentials included.
///
/// `i2v_client_create` checks the address, and also those of the environment where this is not set: a malformed
/// one is `I2V_ERROR_INVALID_ARGUMENT` with the field `proxy`. A proxy that cannot be reached, or does not grant a
/// connection, is an error like a host that cannot be reached: nothing was sent. One that wants other
/// credentials is `I2V_ERROR_CONNECT` with the field `proxy`, and not tried again. User name and password are in
/// no error and no log line.
///
/// - Parameters:
///   - config: the configuration.
///   - url: the proxy's address, or an empty text.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_proxy")
public func i2v_config_set_proxy(_ config: i2v_config?, _ url: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "proxy", url, as: ConfigurationBox.self, allowEmpty: true) { $0.proxy = $1 }
}

/// Set the `User-Agent` header.
///
/// Default `image2video/` and the version.
///
/// - Parameters:
///   - config: the configuration.
///   - value: the header's value.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text, text that is not UTF-8 or has
///   control characters.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_user_agent")
public func i2v_config_set_user_agent(_ config: i2v_config?, _ value: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "user_agent", value, as: ConfigurationBox.self, check: headerCheck("user_agent")) {
        $0.userAgent = $1
    }
}

/// Set how long name resolution, connecting and the TLS handshake may take together.
///
/// Default 10000 ms; 1 to 600000.
///
/// - Parameters:
///   - config: the configuration.
///   - milliseconds: milliseconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_connect_timeout")
public func i2v_config_set_connect_timeout(_ config: i2v_config?, _ milliseconds: Int64) -> i2v_status {
    setNumber(config, .connectTimeout, milliseconds, as: ConfigurationBox.self) { $0.connectTimeout = $1 }
}

/// Set how long one API request may take as a whole, connecting included.
///
/// Default 60000 ms; 1 to 3600000. Downloads are not bounded by this, but by the stall timeout and the
/// job's deadline.
///
/// - Parameters:
///   - config: the configuration.
///   - milliseconds: milliseconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_request_timeout")
public func i2v_config_set_request_timeout(_ config: i2v_config?, _ milliseconds: Int64) -> i2v_status {
    setNumber(config, .requestTimeout, milliseconds, as: ConfigurationBox.self) { $0.requestTimeout = $1 }
}

/// Set how long a download may go on with hardly any bytes (under 100 a second) before it is broken off.
///
/// Default 30000 ms; 1000 to 3600000, rounded up to whole seconds.
///
/// - Parameters:
///   - config: the configuration.
///   - milliseconds: milliseconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_stall_timeout")
public func i2v_config_set_stall_timeout(_ config: i2v_config?, _ milliseconds: Int64) -> i2v_status {
    setNumber(config, .stallTimeout, milliseconds, as: ConfigurationBox.self) { $0.stallTimeout = $1 }
}

/// Set how long a job may take from submit to its end, unless its request says otherwise.
///
/// Default 3600000 ms (one hour); 1 to 604800000 (seven days).
///
/// - Parameters:
///   - config: the configuration.
///   - milliseconds: milliseconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_job_deadline")
public func i2v_config_set_job_deadline(_ config: i2v_config?, _ milliseconds: Int64) -> i2v_status {
    setNumber(config, .jobDeadline, milliseconds, as: ConfigurationBox.self) { $0.jobDeadline = $1 }
}

/// Set the bounds between which the time from one look at a job to the next is chosen.
///
/// Default 3000 and 30000 ms. Looks are dense around the time such videos usually take, and sparse before
/// and after. Both from 10 to 3600000, the floor not above the ceiling.
///
/// - Parameters:
///   - config: the configuration.
///   - floor: shortest interval in milliseconds.
///   - ceiling: longest interval in milliseconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range, or in the wrong order.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_poll_interval")
public func i2v_config_set_poll_interval(
    _ config: i2v_config?, _ floor: Int64, _ ceiling: Int64
) -> i2v_status {
    setValue(config, "poll_interval", as: ConfigurationBox.self) { (value) throws(I2VError) in
        value.pollInterval = try PollInterval(floor: floor, ceiling: ceiling)
    }
}

/// Set how many jobs one results request asks about at most.
///
/// Default 50; 1 to 1000. Where the service takes shorter lists only, that is learned.
///
/// - Parameters:
///   - config: the configuration.
///   - count: number of ids.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_poll_list_size")
public func i2v_config_set_poll_list_size(_ config: i2v_config?, _ count: Int32) -> i2v_status {
    setNumber(config, .pollListSize, Int64(count), as: ConfigurationBox.self) { $0.pollListSize = $1 }
}

/// Set how many API requests of the client may run at the same time; more wait their turn.
///
/// Default 8; 1 to 256. Looks at videos, logins, and questions for a video's fresh address count, but do not wait:
/// with them there may be more. A create that goes on although nobody waits for it any more does not count. More
/// than 48 run at the same time in no case: each create has a connection of its own.
///
/// - Parameters:
///   - config: the configuration.
///   - count: number of requests.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_max_requests")
public func i2v_config_set_max_requests(_ config: i2v_config?, _ count: Int32) -> i2v_status {
    setNumber(config, .maxRequests, Int64(count), as: ConfigurationBox.self) { $0.maxRequests = $1 }
}

/// Set how many downloads of the client may run at the same time; more wait their turn.
///
/// Default 4; 1 to 256. It holds for all hosts together.
///
/// - Parameters:
///   - config: the configuration.
///   - count: number of downloads.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_max_downloads")
public func i2v_config_set_max_downloads(_ config: i2v_config?, _ count: Int32) -> i2v_status {
    setNumber(config, .maxDownloads, Int64(count), as: ConfigurationBox.self) { $0.maxDownloads = $1 }
}

/// Set how many API requests a client sends in a second at most; more wait their turn.
///
/// Default 50; 0.01 to 100000. After a quiet time twice as many may go at once. Looks at videos, logins, and
/// questions for a video's fresh address, which have a pace of their own, do not count; nor do downloads.
///
/// - Parameters:
///   - config: the configuration.
///   - perSecond: requests a second.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range or NaN.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_max_rate")
public func i2v_config_set_max_rate(_ config: i2v_config?, _ perSecond: Double) -> i2v_status {
    setValue(config, "max_rate", as: ConfigurationBox.self) { (value) throws(I2VError) in
        try Configuration.checkMaxRate(perSecond)
        value.maxRate = perSecond
    }
}

/// Set how many jobs and queries a client has under way at most.
///
/// Default 10000; 1 to 10000000. A job counts until its `I2V_EVENT_DONE` was delivered, so that a host which
/// does not dispatch is bounded, too. Beyond the bound, starting something gives `I2V_ERROR_BUSY`, and nothing
/// is sent. Only `i2v_job_fetch` and `i2v_job_reconcile`, which go on with a job that the host has, start all the
/// same, and count then.
///
/// - Parameters:
///   - config: the configuration.
///   - count: the bound.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_max_jobs")
public func i2v_config_set_max_jobs(_ config: i2v_config?, _ count: Int64) -> i2v_status {
    setNumber(config, .maxJobs, count, as: ConfigurationBox.self) { $0.maxJobs = $1 }
}

/// Set how large a video may be that is saved.
///
/// Default 4294967296 (4 GiB); 1 to 2^50. A larger one ends its job with `I2V_ERROR_TOO_LARGE`, without a file.
///
/// - Parameters:
///   - config: the configuration.
///   - bytes: the bound.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_max_video_bytes")
public func i2v_config_set_max_video_bytes(_ config: i2v_config?, _ bytes: Int64) -> i2v_status {
    setNumber(config, .maxVideoBytes, bytes, as: ConfigurationBox.self) { $0.maxVideoBytes = $1 }
}

/// Set the file in which the client writes down what it submits, so that nothing is lost with the process.
///
/// Default: none. The file is a SQLite database, made when it is not there, with `-wal` and `-shm` files beside
/// it; several processes of the machine may share it, each account should have its own. A create is written to it as
/// sent, and synced, before its first byte leaves; no create leaves without that. Its id is in it before the host
/// hears of it. While it cannot be written (locked, full disk, moved), creates wait, and the rest of the work goes on:
/// `I2V_EVENT_WARNING`. It holds requests, ids, addresses and paths, and never the credentials; only its owner can
/// read it. Not for network file systems.
///
/// A video that is saved has the extended attribute `user.image2video` until the ledger has it as saved, so that a
/// later process knows its own file again.
///
/// - Parameters:
///   - config: the configuration.
///   - path: the file; empty for none. Its folder must exist. Best absolute, since a process may change its
///     folder.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or what is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_ledger")
public func i2v_config_set_ledger(_ config: i2v_config?, _ path: UnsafePointer<CChar>?) -> i2v_status {
    setText(config, "ledger", path, as: ConfigurationBox.self, allowEmpty: true) {
        $0.ledger = $1.isEmpty ? nil : $1
    }
}

/// Set whether a client with a ledger may go on without it.
///
/// Default true: `i2v_client_create` fails with `I2V_ERROR_LEDGER` when the ledger cannot be opened (with
/// `I2V_ERROR_FORKED` in a process that was forked off while a ledger was open), and a job whose create cannot be
/// written down, for example because the disk is full, ends so before anything is sent. With false the client goes
/// on, logs an error, and `i2v_client_check_ledger` tells why. A ledger that was open, but could not be written to for
/// a while, gets what it missed afterwards. While more than 10000 jobs wait for that, the oldest ended ones that it
/// does not have yet are dropped, and never recorded.
///
/// - Parameters:
///   - config: the configuration.
///   - required: whether nothing may be sent that is not written down.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_ledger_required")
public func i2v_config_set_ledger_required(_ config: i2v_config?, _ required: Bool) -> i2v_status {
    setValue(config, "ledger_required", as: ConfigurationBox.self) { $0.isLedgerRequired = required }
}

/// Set the most credits that the client's creates may take together.
///
/// Default: no bound. A submit, or new sound, is refused with `I2V_ERROR_BUDGET`, before anything is sent, when the high
/// end of its estimate (`i2v_client_get_estimate`) would pass the bound, together with what was taken and what is set
/// aside for creates under way. As long as nothing is known of a kind of video, that high end is far above what most
/// videos take; the first answer of the service brings it down to what was charged. For new sound it is 50 credits at
/// first, then twice what was charged, since the video's length is not known. No estimate is a promise of the
/// service's: what is taken in the end may be more.
///
/// - Parameters:
///   - config: the configuration.
///   - credits: the bound; 0 refuses everything that costs something.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, a negative number, an infinite one, or NaN.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_max_credits")
public func i2v_config_set_max_credits(_ config: i2v_config?, _ credits: Double) -> i2v_status {
    setValue(config, "max_credits", as: ConfigurationBox.self) { (value) throws(I2VError) in
        try Configuration.checkMaxCredits(credits)
        value.maxCredits = credits
    }
}

/// Set who hears of finished videos that nobody has saved and that the service is about to remove.
///
/// Default: nobody. Called once for each video that a job of the client found finished and that was not
/// saved, when no more than the given time is left of the seven days the service keeps it.
///
/// - Parameters:
///   - config: the configuration.
///   - milliseconds: how long before; 1 to 604800000 (seven days); of no account without a receiver.
///   - onExpiring: the receiver; NULL for nobody.
///   - userData: given to the receiver; must stay valid until the client is destroyed.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL configuration, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_expiry_warning")
public func i2v_config_set_expiry_warning(
    _ config: i2v_config?, _ milliseconds: Int64, _ onExpiring: i2v_expiry_fn?,
    _ userData: UnsafeMutableRawPointer?
) -> i2v_status {
    setValue(config, "expiry_warning", as: ConfigurationBox.self) { (value) throws(I2VError) in
        if onExpiring != nil { try Limit.expiryWarning.check(milliseconds) }
        value.expiryWarning = makeExpiryWarning(milliseconds, onExpiring, userData)
    }
}

/// Set where callbacks run.
///
/// Default `I2V_DELIVERY_DISPATCH`.
///
/// - Parameters:
///   - config: the configuration.
///   - delivery: one of the `I2V_DELIVERY_` constants.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or an unknown value.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_delivery")
public func i2v_config_set_delivery(_ config: i2v_config?, _ delivery: i2v_delivery) -> i2v_status {
    setValue(config, "delivery", as: ConfigurationBox.self) { (value) throws(I2VError) in
        guard let choice = Delivery(rawValue: delivery) else {
            throw .invalid("delivery", "delivery is not one of the I2V_DELIVERY_ constants")
        }
        value.delivery = choice
    }
}

/// Set who receives log lines, and up to which level.
///
/// Default: nobody. A level includes those before it: `I2V_LOG_WARNING` brings errors and warnings.
///
/// - Parameters:
///   - config: the configuration.
///   - level: the highest level wanted.
///   - log: the receiver; NULL turns logging off.
///   - userData: given to the receiver; must stay valid until the client is destroyed.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL configuration or an unknown level.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_config_set_log")
public func i2v_config_set_log(
    _ config: i2v_config?, _ level: i2v_log_level, _ log: i2v_log_fn?, _ userData: UnsafeMutableRawPointer?
) -> i2v_status {
    setValue(config, "log", as: ConfigurationBox.self) { (value) throws(I2VError) in
        value.log = try makeLog(level, log, userData)
    }
}
