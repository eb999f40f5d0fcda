/* What the tests share: checks, the sandbox as a child process, servers that misbehave, small helpers. */
#ifndef I2V_TESTS_SUPPORT_H
#define I2V_TESTS_SUPPORT_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <image2video.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Checks -------------------------------------------------------------------------------------------- */

/* Each gives whether it held, notes the failure with its place if not, and lets the test go on. */
bool check_true(bool holds, const char *file, int line, const char *what);
bool check_int(long long got, long long want, const char *file, int line, const char *what);
bool check_between(long long got, long long low, long long high, const char *file, int line,
                   const char *what);
bool check_status(i2v_status got, i2v_status want, const char *file, int line, const char *what);
bool check_text(const char *got, const char *want, const char *file, int line, const char *what);
bool check_contains(const char *text, const char *part, bool wanted, const char *file, int line);

#define CHECK(holds) check_true((holds), __FILE__, __LINE__, #holds)
#define CHECK_INT(got, want) check_int((got), (want), __FILE__, __LINE__, #got)
#define CHECK_BETWEEN(got, low, high) check_between((got), (low), (high), __FILE__, __LINE__, #got)
#define CHECK_STATUS(got, want) check_status((got), (want), __FILE__, __LINE__, #got)
#define CHECK_TEXT(got, want) check_text((got), (want), __FILE__, __LINE__, #got)
#define CHECK_CONTAINS(text, part) check_contains((text), (part), true, __FILE__, __LINE__)
#define CHECK_LACKS(text, part) check_contains((text), (part), false, __FILE__, __LINE__)

/* Ends the test when what the rest of it stands on is missing. */
#define REQUIRE(holds)                                                                                       \
    do {                                                                                                     \
        if (!CHECK(holds)) return;                                                                           \
    } while (0)

/* Consumes an error: its status and, unless field is NULL, the field it names. */
bool check_error(i2v_error **error, i2v_status status, const char *field, const char *file, int line);
#define CHECK_ERROR(error, status, field) check_error((error), (status), (field), __FILE__, __LINE__)

/* ---- Running ------------------------------------------------------------------------------------------- */

typedef void (*test_fn)(void);

/* Runs one test on a freshly reset sandbox, unless the command line asks for others. */
void run_test(const char *file, const char *name, test_fn test);
#define RUN(name) run_test(__FILE__, #name, name)

/* Whether the suite runs under a sanitizer (that of the name, or any if NULL) under which what follows cannot hold. Says
 * why, and the test does not count as passed. */
bool left_out_under(const char *sanitizer, const char *why);
/* How many checks of the test have failed so far. */
int failed_checks(void);
/* Runs work in a forked child and tells whether every check in it held. */
bool holds_in_child(void (*work)(void *), void *context);

/* What one thread raises and another looks at. */
void flag_raise(bool *flag);
bool flag_is_up(const bool *flag);

/* ---- Time ---------------------------------------------------------------------------------------------- */

/* Milliseconds on a clock that only goes forward. */
int64_t now_ms(void);
void sleep_ms(int64_t milliseconds);

/* A bound on time, wider where I2V_TEST_SLACK says that the machine is slow, as it is under valgrind. */
int64_t slack(int64_t milliseconds);

/* Others keep the machine busy, so that no test expects anything to be quick. After HANG milliseconds an event that has
 * not come will never come. BUSY is what a busy machine may add to any time: an operation that lasts longer waits for
 * something that it must not wait for. How quick the library is, `make bench` measures. */
enum { HANG = 60000, BUSY = 10000 };

/* A deadline in which a job comes as far as its service lets it, on a busy machine as well. */
int64_t enough(void);

/* Checks that what began at start has lasted for at least so long, and for no longer than a busy machine explains. */
bool check_lasted(int64_t start, int64_t least, const char *file, int line);
#define CHECK_LASTED(start, least) check_lasted((start), (least), __FILE__, __LINE__)

/* Waits for a condition, which must come to hold. */
#define CHECK_COMES(holds)                                                                                   \
    do {                                                                                                     \
        int64_t check_end = now_ms() + slack(HANG);                                                          \
        while (!(holds) && now_ms() < check_end) sleep_ms(5);                                                \
        CHECK(holds);                                                                                        \
    } while (0)

/* How often a loop goes round: a few times, or many where I2V_TEST_LONG asks for it. */
int rounds(int few, int many);

/* ---- The sandbox --------------------------------------------------------------------------------------- */

/* With videos of so many bytes that are made of nothing; with rendered ones for NULL. */
void sandbox_start(const char *program, const char *job_seconds, const char *video_bytes);
void sandbox_stop(void);
/* Uses the sandbox of the process that started this one. */
void sandbox_join(const char *url, const char *its_picture);
/* Has it render what the tests ask for over and over, so that their times do not contain that. */
void sandbox_warm_up(void);
const char *sandbox_url(void);
/* The address of a small picture that the sandbox was given. */
const char *sandbox_picture(void);
/* Gives the address of a file that the sandbox was given now. */
void sandbox_upload(const char *name, const char *bytes, size_t length, char *url, size_t size);
void sandbox_faults(const char *rules);
void sandbox_reset(void);
/* How it shall deviate from its page from now on, as a JSON object. */
void sandbox_oddities(const char *oddities);
/* Every token it has given out is of no use any more. */
void sandbox_expire_tokens(void);
/* A figure of the statistics: "creates_processed", or "create", "results" ... for requests of a route. */
long long sandbox_count(const char *name);
/* Waits until a figure has come to at least count. */
bool sandbox_reaches(const char *name, long long count);
/* The recorded requests of a route, as an array the caller gives back with json_decref. */
json_t *sandbox_requests(const char *route);
/* A recorded header, by its lower-case name; NULL when it was not sent. */
const char *recorded_header(json_t *request, const char *name);

/* The service never finishes anything. */
#define FAULT_NEVER_FINISHED                                                                                 \
    "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":2,\"video_url\":null}}]"

/* Sends one request on a connection of its own; gives the status and the body, which the caller frees. */
int http_request(int port, const char *method, const char *path, const char *body, size_t length,
                 char **reply);

/* ---- Servers that do as they are told ------------------------------------------------------------------ */

typedef struct server server;

/* Answers one request, which is NUL-terminated; false closes the connection. Connections count from 1. */
typedef bool (*server_fn)(server *server, int descriptor, const char *request, int connection);

server *server_start(server_fn answer, void *state);
void server_stop(server *server);
const char *server_url(const server *server);
void *server_state(const server *server);
/* How many requests came that have part in them. */
int server_count(server *server, const char *part);
bool server_reaches(server *server, const char *part, int count);
/* 1, 2, 3 and so on, each to one request only: for the ids of videos. */
int server_number(server *server);
/* The connection that the request number (from 1) with part in it came on; 0 when there is none. */
int server_connection(server *server, const char *part, int number);

void server_reply(int descriptor, const char *status, const char *headers, const char *body);
void server_json(int descriptor, const char *body);
/* Says nothing until the client leaves. */
void server_hang(int descriptor);

/* ---- A service whose answers tell whose they are ------------------------------------------------------- */

/* What happens to a video, by the first letter of its prompt: it is made and saved; the create hangs; it is
 * never finished; its download hangs. */
#define PROMPT_FINISHES 'd'
#define PROMPT_SENDS 's'
#define PROMPT_WAITS 'w'
#define PROMPT_FETCHES 'f'

/* Its videos' ids are its name, a hyphen and the prompt. */
server *service_start(const char *name);
i2v_request *prompt_request(char what, int number, const char *target);
/* The job has the id, and the file the video, of this service and this prompt. */
bool check_own(i2v_job *job, const char *name, char what, int number);

/* ---- TLS ----------------------------------------------------------------------------------------------- */

typedef struct front front;

/* Ends TLS with a certificate and passes what it hears on to the plain server at url. Certificates: good; one
 * for elsewhere; one that has expired; one that stands alone; one of an authority that is a stranger. */
front *front_start(const char *certificate, const char *url);
void front_stop(front *front);
/* By its number, which all certificates but one are for. */
const char *front_url(const front *front);
/* How many bytes of requests came. */
long long front_heard(front *front);
/* How many connections came. */
int front_connections(front *front);
/* The file of the authority that all certificates but the last two come from. */
const char *authority_file(void);

/* ---- Clients, requests, jobs --------------------------------------------------------------------------- */

/* A configuration for a base URL, the sandbox's if NULL, with polling as fast as tests want it. */
i2v_config *new_config(const char *base_url);
/* Consumes the configuration; NULL after a failed check. */
i2v_client *new_client(i2v_config *config);
/* A client of the sandbox. */
i2v_client *sandbox_client(void);
/* A request that is complete. */
i2v_request *new_request(void);
/* The same with a target. */
i2v_request *new_request_to(const char *target);

/* Events of one job as letters: C, S, P, D, W. */
typedef struct {
    char order[256];
    int done;
    /* What the job was when its last event came. */
    i2v_job_state state;
    i2v_status status;
} watch;

void watch_event(i2v_job *job, i2v_event event, void *watch);

/* Submits the request, consumes it, and gives the job; NULL after a failed check. */
i2v_job *start_job(i2v_client *client, i2v_request *request, watch *watch);
/* Waits for a job's end, long. */
i2v_status finish_job(i2v_job *job);
/* Waits until the job is in a state, dispatching meanwhile. */
bool reach_state(i2v_client *client, i2v_job *job, i2v_job_state state);
/* Dispatches until the service has given the job an id; it may have come further by then. */
bool reach_id(i2v_client *client, i2v_job *job);
/* Submits, waits, and gives the job after a check of how it ended. */
i2v_job *run_job(i2v_client *client, i2v_request *request, watch *watch, i2v_status status);

/* ---- Files and processes ------------------------------------------------------------------------------- */

/* A path in the suite's temporary folder; valid until the eighth next call. */
const char *temp_path(const char *name);
bool file_exists(const char *path);
/* -1 when there is none. */
long long file_size(const char *path);
bool is_mp4(const char *path);
void write_file(const char *path, const char *text);
/* The whole file, which the caller frees; NULL when there is none. */
char *read_file(const char *path);
/* Runs the suite's program with some arguments (NULL ends them) and gives its exit code: 1000 and the
 * signal's number when a signal ended it, -1 when it did not end in time. What it printed goes to output, all of it on
 * one line. A library to preload may be given. */
int run_program(const char *const *arguments, const char *preload, char *output, size_t size, int64_t limit);
/* The path of one of the libraries that tests preload, by its name; valid until the next call. */
const char *preload(const char *name);
/* Threads of this process, or those of them with a name. */
int count_threads(const char *name);
/* Kilobytes: the most memory that this process had in use since it began, or since it was told to forget. */
long most_memory(void);
void forget_most_memory(void);
/* Microseconds: the processor time that this process had, which does not grow with what others take. */
long long processor_time(void);
/* Checks by how many kilobytes a program's memory grew. */
void check_growth(long kilobytes, long most);

/* ---- Ledgers ------------------------------------------------------------------------------------------- */

/* A path for a ledger that is not there yet; valid until the next call. */
const char *new_ledger(const char *name);
i2v_config *ledger_config(const char *url, const char *path);
/* Runs work in a child that ends as if it had been killed. */
void in_a_process_that_dies(void (*work)(const char *), const char *path);
/* The ledger's records, which must be so many. */
i2v_ledger *read_ledger(const char *path, size_t count);
/* Waits until a ledger has so many records. */
bool ledger_reaches(const char *path, size_t count);
/* Takes everything up and waits for its end; gives how many jobs that were. */
size_t resume_all(const char *path, watch *watched);

/* ---- The themes ---------------------------------------------------------------------------------------- */

void suite_patience(void);
void suite_library(void);
void suite_null(void);
void suite_bounds(void);
void suite_config(void);
void suite_request(void);
void suite_submit(void);
void suite_batch(void);
void suite_fetch(void);
void suite_video(void);
void suite_errors(void);
void suite_network(void);
void suite_proxy(void);
void suite_redirect(void);
void suite_files(void);
void suite_dispatch(void);
void suite_threads(void);
void suite_cancel(void);
void suite_interrupt(void);
void suite_destroy(void);
void suite_fork(void);
void suite_manners(void);
void suite_secrets(void);
void suite_query(void);
void suite_service(void);
void suite_models(void);
void suite_budget(void);
void suite_expiry(void);
void suite_credentials(void);
void suite_codes(void);
void suite_webhook(void);
void suite_ledger(void);
void suite_lease(void);
void suite_disk(void);
void suite_limits(void);
void suite_ranges(void);
void suite_tls(void);
void suite_ending(void);
void suite_exit(void);
void suite_clock(void);
void suite_hostile(void);
void suite_leaks(void);
void suite_late(void);
void suite_polls(void);
void suite_answers(void);

/* The parts of tests that need a process of their own; each gives its exit code. */
int run_hang(const char *url);
int run_exit(const char *how, const char *url, const char *delivery, const char *ca_file, const char *moments);
int run_clock(const char *sandbox, const char *picture, const char *service, const char *folder);
int run_leave(const char *how, const char *url, const char *picture, const char *path, const char *folder);
int run_jump(const char *what, const char *url, const char *picture, const char *path, const char *target,
             const char *seconds);
int run_lease(const char *how, const char *url, const char *picture, const char *path);
int run_recorded(const char *url, const char *picture, const char *path, const char *target, const char *log);
int run_full(const char *url, const char *picture, const char *path);
int run_full_for_long(const char *url, const char *picture, const char *path);
int run_sql(const char *path, const char *statement);
int run_flood(const char *url);
int run_locale(const char *name, const char *url, const char *path);
int run_plain_files(const char *url, const char *folder);
int run_downloads(const char *count, const char *video_bytes, const char *folder);

/* The suite's executable, for such a process. /proc/self/exe is another program under valgrind. */
extern const char *program_path;

#endif
