/* Ledgers that nobody in his right mind would have written. In the first byte the lowest bit says of what sort, and
 * the others how the client that goes on with it behaves. What follows is, for one sort, rows: a job as it may stand
 * in a ledger, and values of any type for some of its columns, in a schema that allows them; for the other, changes to
 * the bytes of a small ledger's file. It is read, pruned, and gone on with by a client, and read again. */
#include "server.h"
#include "support.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 16, ROWS = 8, COLUMNS = 64, SETTLED = 3, BOUND = 15000 };

/* How the client behaves. */
enum { BYTES = 1, SILENT = 2, OPTIONAL = 4, THRIFTY = 8, THREAD = 16, CANCELS = 32, AGAIN = 64, FEW = 128 };

/* Everything happens in a folder in memory, and paths are names in it: whatever becomes of one, it leads nowhere else. */
static const char file[] = "ledger", parted[] = "a.mp4.part";
/* Not the server's own address, so that an input means the same in every run: the server is the client's proxy. */
#define SERVICE "http://service.test"

typedef struct {
    uint8_t bytes[ROOM];
    size_t length;
} image;

/* A ledger without rows whose columns take anything, and one with a row of each kind. */
static image loose, whole;
static char names[2][COLUMNS][32];
static int name_count[2];

/* --- making one ---------------------------------------------------------------------------------------------------- */

static void must(bool holds)
{
    if (!holds) abort();
}

static sqlite3 *open_file(void)
{
    sqlite3 *database = NULL;
    must(sqlite3_open(file, &database) == SQLITE_OK);
    return database;
}

static void load(image *its)
{
    FILE *stream = fopen(file, "rb");
    must(stream != NULL);
    its->length = fread(its->bytes, 1, ROOM, stream);
    must(its->length < ROOM);
    fclose(stream);
}

static void store(const uint8_t *bytes, size_t length, const char *path)
{
    FILE *stream = fopen(path, "wb");
    must(stream && fwrite(bytes, 1, length, stream) == length && fclose(stream) == 0);
}

static int64_t now_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A line of the kernel's, without its end. */
static const char *small_file(const char *path)
{
    static char line[1024];
    FILE *stream = fopen(path, "r");
    must(stream && fgets(line, sizeof line, stream));
    line[strcspn(line, "\n")] = 0;
    fclose(stream);
    return line;
}

static int64_t start_of_process(void)
{
    const char *field = strrchr(small_file("/proc/self/stat"), ')');
    for (int count = 3; field && count <= 22; count++) field = strchr(field + 1, ' ');
    must(field != NULL);
    return atoll(field + 1);
}

/* What a row of this very moment, this process and this part file has. */
static void bind_names(sqlite3_stmt *statement)
{
    struct stat part, space;
    char text[64];
    must(stat(parted, &part) == 0 && stat("/proc/self/ns/pid", &space) == 0);
    snprintf(text, sizeof text, "%lld:%lld", (long long)space.st_dev, (long long)space.st_ino);
    for (int index = sqlite3_bind_parameter_count(statement); index > 0; index--) {
        const char *name = sqlite3_bind_parameter_name(statement, index);
        if (!name) continue;
        switch (name[1]) {
        case 'n': sqlite3_bind_int64(statement, index, now_of(CLOCK_REALTIME)); break;
        case 'd': sqlite3_bind_int64(statement, index, (int64_t)part.st_dev); break;
        case 'i': sqlite3_bind_int64(statement, index, (int64_t)part.st_ino); break;
        case 'b': sqlite3_bind_text(statement, index, small_file("/proc/sys/kernel/random/boot_id"), -1, SQLITE_TRANSIENT); break;
        case 's': sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT); break;
        case 'p': sqlite3_bind_int64(statement, index, getpid()); break;
        case 't': sqlite3_bind_int64(statement, index, start_of_process()); break;
        case 'u': sqlite3_bind_int64(statement, index, now_of(CLOCK_BOOTTIME) + 60000); break;
        }
    }
}

static int run_sql(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    if (statement) bind_names(statement);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) code = SQLITE_OK;
    sqlite3_finalize(statement);
    return code == SQLITE_DONE || code == SQLITE_OK ? SQLITE_OK : code;
}

/* Never sent, alone and for several; new sound; lost; in the making; broken off; whole but for its name; saved; followed. */
static const char *const kinds[] = {
    "replace = 0", "endpoint = 'batch', count = 2, submission = 'two'",
    "endpoint = 'batch', count = 2, submission = 'two', position = 1, path = 'c.mp4'",
    "endpoint = 'audio', request = '{\"pre_video_id\":\"b2\",\"audio_type\":1}'", "sent = :now",
    "sent = :now, state = 2, charge = 2, id = '6901a2b3c4d5e6f7', path = 'b.mp4', replace = 1",
    ("sent = :now, state = 4, charge = 2, id = '6901a2b3c4d5e6f7', url = '" SERVICE "/none/', path = 'a.mp4', part_boot = :boot, "
     "part_device = :device, part_inode = :inode, part_validator = '\"one\"'"),
    ("sent = :now, state = 4, charge = 2, id = '6901a2b3c4d5e6f7', path = 'a.mp4', part_boot = :boot, part_size = 10, "
     "part_device = :device, part_inode = :inode"),
    "sent = :now, state = 5, charge = 2, id = 'b2', open = 0, changed = 1000, path = 'b.mp4', deduction = 8",
    "endpoint = NULL, request = NULL, state = 2, id = 'b3', submission = 'three'",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void add_job(sqlite3 *database, int kind)
{
    char sql[512];
    run_sql(database, "INSERT INTO job(base_url, submission, position, count, endpoint, request, model, resolution, seconds, "
                      "estimate, replace, deadline, submitted, state, status, charge, changed, open) VALUES('" SERVICE "', "
                      "'one', 0, 1, 'create', '{\"image_url\":\"https://example.com/none/\",\"prompt\":\"a cat\",\"count\":2}', "
                      "'m', '720p', 5, 8.5, 0, 60000, :now, 1, 0, 0, :now, 1)");
    snprintf(sql, sizeof sql, "UPDATE job SET %s WHERE number = (SELECT max(number) FROM job)", kinds[kind]);
    run_sql(database, sql);
}

static void add_holder(sqlite3 *database)
{
    run_sql(database, "INSERT INTO holder(boot, space, process, started, until) VALUES(:boot, :space, :process, :ticks, :until)");
}

/* What a host or another program may have done to the file. */
static const char *const tamperings[] = {
    "DROP INDEX job_id", "DROP TABLE holder", "DROP TABLE job", "ALTER TABLE job RENAME COLUMN id TO name",
    "ALTER TABLE job ADD COLUMN more", "PRAGMA user_version = 2", "PRAGMA user_version = -1", "PRAGMA application_id = 0",
    "CREATE TRIGGER t BEFORE UPDATE ON job BEGIN SELECT RAISE(ABORT, 'no\n\xff'); END",
    "CREATE TRIGGER t AFTER UPDATE ON job BEGIN DELETE FROM job; END",
    "CREATE TRIGGER t AFTER UPDATE OF holder ON job BEGIN UPDATE job SET holder = NULL; END",
    "CREATE TRIGGER t AFTER INSERT ON holder BEGIN DELETE FROM holder; END",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807", "CREATE UNIQUE INDEX u ON job(state)", "DELETE FROM holder",
};

static const char *const texts[] = {
    "", "6901a2b3c4d5e6f7", "b2", "a\nb", "a,b", "\xff\xfe", "\xed\xa0\x80", "caf\xc3\xa9", "a.mp4", "b.mp4", ".", "..", "none",
    "create", "batch", "audio", "one", "two", "{}", "[", SERVICE,
    "{\"prompt\":\"a cat\",\"webhookurl\":\"" SERVICE "/?i2v_nonce=one\"}",
    "http://files.test/none/", "ftp://x", "\"one\"", "Wed, 21 Oct 2015 07:28:00 GMT", "9223372036854775807", "-1", "1e999", "0x7",
    "\x1b[31m", "a\rb",
};

static void bind_text(sqlite3_stmt *statement, const char *text, size_t length, bool is_path)
{
    char *copy = malloc(length + 1);
    must(copy != NULL);
    memcpy(copy, text, length);
    for (size_t index = 0; is_path && index < length; index++)
        if (copy[index] == '/') copy[index] = '_';
    sqlite3_bind_text(statement, 1, copy, (int)length, SQLITE_TRANSIENT);
    free(copy);
}

/* A value of any type, whatever its column is for. */
static void bind_value(sqlite3_stmt *statement, fuzz_input *in, bool is_path)
{
    uint8_t choice = fuzz_byte(in);
    size_t length = 70000;
    char *text;
    switch (choice % 8) {
    case 0: sqlite3_bind_null(statement, 1); break;
    case 1:
    case 2: sqlite3_bind_int64(statement, 1, fuzz_number(in)); break;
    case 3: sqlite3_bind_double(statement, 1, fuzz_real(in)); break;
    case 4: sqlite3_bind_int64(statement, 1, now_of(CLOCK_REALTIME) + (int32_t)fuzz_number(in)); break;
    case 5:
        text = (char *)texts[fuzz_byte(in) % (sizeof texts / sizeof *texts)];
        bind_text(statement, text, strlen(text), is_path);
        break;
    case 6: // As a blob or as a text, with any bytes.
        length = in->length > 0 && *in->bytes < in->length ? *in->bytes : 0;
        text = fuzz_bytes(in);
        if (choice & 8) sqlite3_bind_blob(statement, 1, is_path ? "b" : text, is_path ? 1 : (int)length, SQLITE_TRANSIENT);
        else bind_text(statement, text, length, is_path);
        free(text);
        break;
    default:
        must((text = malloc(length)) != NULL);
        memset(text, choice & 8 ? 'a' : '\xc3', length);
        sqlite3_bind_text(statement, 1, text, (int)length, SQLITE_TRANSIENT);
        free(text);
    }
}

/* Some column of the newest row has another value. */
static void change(sqlite3 *database, int table, fuzz_input *in)
{
    static const char *const keys[] = {"job SET \"%s\" = ?1 WHERE number = (SELECT max(number) FROM job)",
                                       "holder SET \"%s\" = ?1 WHERE id = (SELECT max(id) FROM holder)"};
    const char *name = names[table][fuzz_byte(in) % name_count[table]];
    char sql[256] = "UPDATE ";
    sqlite3_stmt *statement = NULL;
    snprintf(sql + 7, sizeof sql - 7, keys[table], name);
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) return;
    bind_value(statement, in, strcmp(name, "path") == 0);
    sqlite3_step(statement);
    sqlite3_finalize(statement);
}

/* How many jobs are in it, and how many of them wait for their create to be sent; -1 when it need not be a ledger. */
typedef struct {
    int jobs, unsent;
} facts;

static facts make_rows(fuzz_input *in)
{
    sqlite3 *database;
    sqlite3_stmt *statement = NULL;
    facts its = {-1, -1};
    bool is_sound = true;
    store(loose.bytes, loose.length, file);
    database = open_file();
    run_sql(database, "PRAGMA synchronous = OFF");
    run_sql(database, "BEGIN");
    for (int count = 0; count < ROWS && in->length > 0; count++) {
        uint8_t choice = fuzz_byte(in);
        int changes = choice >> 4, kind = choice % 16;
        if (kind == 15) {
            is_sound = false;
            run_sql(database, tamperings[fuzz_byte(in) % (sizeof tamperings / sizeof *tamperings)]);
        } else if (kind >= KINDS) {
            add_holder(database);
            for (; changes > 0; changes--) change(database, 1, in);
        } else {
            add_job(database, kind);
            for (; changes > 0; changes--) change(database, 0, in);
        }
    }
    run_sql(database, "COMMIT");
    if (is_sound) {
        static const char count[] = "SELECT count(*), count(CASE WHEN open = 1 AND id IS NULL AND sent IS NULL THEN 1 END) "
                                    "FROM job";
        must(sqlite3_prepare_v2(database, count, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW);
        its = (facts){sqlite3_column_int(statement, 0), sqlite3_column_int(statement, 1)};
        sqlite3_finalize(statement);
    }
    sqlite3_close(database);
    return its;
}

/* Each change is a place, a length and what stands there from then on. No slash comes from here: no path leads away. */
static facts make_bytes(fuzz_input *in)
{
    static image its;
    its = whole;
    uint8_t end = fuzz_byte(in);
    while (in->length >= 3) {
        size_t place = (size_t)fuzz_byte(in) << 8;
        place |= fuzz_byte(in);
        for (int count = 1 + fuzz_byte(in) % 8; count > 0 && in->length > 0; count--) {
            uint8_t byte = fuzz_byte(in);
            its.bytes[place++ % its.length] = byte == '/' ? '0' : byte;
        }
    }
    store(its.bytes, end < 16 ? its.length * end / 16 : its.length, file);
    return (facts){-1, -1};
}

/* --- what is done with it ------------------------------------------------------------------------------------------ */

static void read_all(int jobs)
{
    i2v_ledger *ledger = NULL;
    i2v_error *error = NULL;
    i2v_status status = i2v_ledger_open(file, &ledger, &error);
    PROMISE((status == I2V_OK) == (ledger != NULL));
    PROMISE(status == I2V_OK || (status == I2V_ERROR_LEDGER && jobs < 0));
    fuzz_outcome(status, error);
    if (!ledger) return;
    size_t count = i2v_ledger_get_count(ledger);
    // Nothing is lost; the service may make more than was asked for.
    PROMISE(jobs < 0 || count >= (size_t)jobs);
    fuzz_read_ledger(ledger);
    for (size_t index = 0; index < count; index++) fuzz_text(i2v_ledger_get_json(ledger, index));
    i2v_ledger_destroy(ledger);
}

static void prune(int64_t age)
{
    size_t removed = SIZE_MAX;
    i2v_error *error = NULL;
    i2v_status status = i2v_ledger_prune(file, age, &removed, &error);
    PROMISE(status == I2V_OK ? removed <= ROOM : removed == 0);
    PROMISE(status == I2V_OK || status == I2V_ERROR_LEDGER || (status == I2V_ERROR_INVALID_ARGUMENT && age < 0));
    fuzz_outcome(status, error);
}

static void heard_log(i2v_log_level level, const char *message, void *user_data)
{
    (void)level;
    (void)user_data;
    fuzz_text(message);
    PROMISE(message && !strchr(message, '\n') && !strstr(message, "s3cr3t-k3y-012345"));
}

static void heard(i2v_job *job, i2v_event event, void *user_data)
{
    atomic_int *ends = user_data;
    fuzz_read_job(job);
    if (event == I2V_EVENT_DONE) (*ends)++;
}

static i2v_client *connect_client(uint8_t flags)
{
    static int number;
    char agent[32];
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_config_set_api_key(config, "s3cr3t-k3y-012345");
    i2v_config_set_base_url(config, SERVICE);
    i2v_config_set_proxy(config, fuzz_server_url);
    i2v_config_set_poll_interval(config, 10, 20);
    i2v_config_set_request_timeout(config, 500);
    i2v_config_set_log(config, I2V_LOG_DEBUG, heard_log, NULL);
    i2v_config_set_ledger(config, file);
    snprintf(agent, sizeof agent, "fuzz/%d", number++);
    i2v_config_set_user_agent(config, agent);
    fuzz_server_count(agent);
    if (flags & OPTIONAL) i2v_config_set_ledger_required(config, false);
    if (flags & THRIFTY) i2v_config_set_max_credits(config, 10);
    if (flags & THREAD) i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    i2v_status status = i2v_client_create(config, &client, &error);
    PROMISE(status == I2V_OK || (status == I2V_ERROR_LEDGER && !(flags & OPTIONAL)));
    fuzz_outcome(status, error);
    i2v_config_destroy(config);
    return client;
}

/* Until nothing is to be expected any more. */
static void let_it_work(i2v_client *client)
{
    struct timespec nap = {.tv_nsec = 200000};
    int64_t begin = fuzz_now();
    while (i2v_client_get_job_count(client) > 0 && fuzz_server_idle() < SETTLED && fuzz_now() < begin + BOUND) {
        i2v_client_dispatch(client, 0, NULL, NULL);
        nanosleep(&nap, NULL);
    }
}

typedef i2v_status take_up_fn(i2v_client *, i2v_event_fn, void *, i2v_job **, size_t, size_t *, i2v_error **);

/* How many jobs were taken up. */
static size_t take_up(take_up_fn *function, i2v_client *client, uint8_t flags, i2v_job **jobs, atomic_int *ends)
{
    size_t count = SIZE_MAX;
    i2v_error *error = NULL;
    i2v_status status = function(client, heard, ends, jobs, flags & FEW ? 2 : ROWS, &count, &error);
    PROMISE(status == I2V_OK ? count <= ROWS : count == 0);
    fuzz_outcome(status, error);
    let_it_work(client);
    return count;
}

static void go_on(uint8_t flags, int unsent)
{
    i2v_job *jobs[3 * ROWS] = {NULL};
    size_t started = 0;
    atomic_int ends = 0;
    i2v_client *client = connect_client(flags);
    if (!client) return;
    fuzz_server_script((const uint8_t *)"", 0, flags & SILENT ? FUZZ_RAW : FUZZ_OBLIGING, 0);
    for (int round = flags & AGAIN ? 2 : 1; round > 0; round--)
        started += take_up(i2v_client_resume, client, flags, jobs + started, &ends);
    if (flags & AGAIN) started += take_up(i2v_client_reconcile, client, flags, jobs + started, &ends);
    size_t resumed = started;
    for (size_t index = 0; index < resumed; index++) {
        fuzz_read_job(jobs[index]);
        if (flags & CANCELS) fuzz_status(i2v_job_cancel(jobs[index]));
        else if (i2v_job_reconcile(jobs[index], heard, &ends, NULL) == I2V_OK) started++;
        else if (i2v_job_fetch(jobs[index], "d.mp4", true, heard, &ends, NULL) == I2V_OK) started++;
    }
    let_it_work(client);
    int64_t begin = fuzz_now();
    PROMISE(i2v_client_destroy(client) == I2V_OK);
    PROMISE(fuzz_now() - begin < BOUND);
    PROMISE((size_t)ends == started);
    // What has been sent is not sent again.
    if (fuzz_traces()) fprintf(stderr, "%d of %d creates\n", fuzz_server_creates(), unsent);
    PROMISE(unsent < 0 || fuzz_server_creates() <= unsent);
    for (size_t index = 0; index < resumed; index++) {
        fuzz_read_job(jobs[index]);
        i2v_job_release(jobs[index]);
    }
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static void list_columns(sqlite3 *database, const char *sql, int table)
{
    sqlite3_stmt *statement = NULL;
    must(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW && name_count[table] < COLUMNS)
        snprintf(names[table][name_count[table]++], sizeof names[0][0], "%s", sqlite3_column_text(statement, 0));
    must(name_count[table] > 4);
    sqlite3_finalize(statement);
}

/* The library's own ledger, small, and then without what keeps NULL out of its columns. */
static void make_images(void)
{
    static const char *const smaller[] = {"PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"};
    sqlite3 *database;
    must(i2v_client_destroy(connect_client(0)) == I2V_OK);
    database = open_file();
    for (int index = 0; index < 3; index++) must(run_sql(database, smaller[index]) == SQLITE_OK);
    list_columns(database, "SELECT name FROM pragma_table_info('job')", 0);
    list_columns(database, "SELECT name FROM pragma_table_info('holder')", 1);
    sqlite3_close(database);
    load(&loose);

    database = open_file();
    add_holder(database);
    for (int kind = 0; kind < KINDS; kind++) add_job(database, kind);
    sqlite3_close(database);
    load(&whole);

    store(loose.bytes, loose.length, file);
    database = open_file();
    must(run_sql(database, "PRAGMA writable_schema = ON") == SQLITE_OK);
    must(run_sql(database, "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'") == SQLITE_OK);
    sqlite3_close(database);
    load(&loose);
}

static int own_folder;

static void enter(void)
{
    must(chdir(fuzz_folder()) == 0);
    store((const uint8_t *)"ten bytes.", 10, parted);
}

static void leave(void)
{
    fuzz_folder_clear();
    must(fchdir(own_folder) == 0);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    fuzz_server_start();
    must((own_folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0);
    enter();
    make_images();
    leave();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fuzz_input in = {bytes, count};
    uint8_t flags = fuzz_byte(&in);
    int64_t age = fuzz_number(&in);
    if (count < 2) return 0;
    enter();
    facts its = flags & BYTES ? make_bytes(&in) : make_rows(&in);
    read_all(its.jobs);
    go_on(flags, its.unsent);
    read_all(its.jobs);
    prune(age);
    leave();
    fuzz_check_leaks(100);
    return 0;
}
