/* What the calls that generate.py writes stand on: a small pool of live handles, and makers of odd arguments. */
#ifndef I2V_FUZZ_BOUNDARY_H
#define I2V_FUZZ_BOUNDARY_H

#include "support.h"

#include <string.h>

enum { BATCH = 4 };

/* One thread's program: what it reads its choices from, and the handles that are its alone. */
typedef struct program program;

/* For each kind of handle: a live one (or NULL) to use in a call, the end of that use, one to give up for good, and
 * a new one to keep. Whoever borrows a shared handle holds a reference of its own meanwhile. */
#define HANDLE(noun)                                                                                                   \
    i2v_##noun *borrow_##noun(program *program, fuzz_input *in);                                                       \
    void return_##noun(program *program, i2v_##noun *handle);                                                          \
    i2v_##noun *give_up_##noun(program *program, fuzz_input *in);                                                      \
    void keep_##noun(program *program, i2v_##noun *handle);
HANDLE(error)
HANDLE(config)
HANDLE(request)
HANDLE(client)
HANDLE(job)
HANDLE(video)
HANDLE(query)
HANDLE(effect)
HANDLE(model)
HANDLE(webhook_event)
HANDLE(ledger)
#undef HANDLE

/* Before a call: takes from its arguments what would reach the world or last too long. */
void prepare(program *program, const char *function, void *first, void *second);

char *make_text(fuzz_input *in, const char *parameter);
int64_t make_wait(fuzz_input *in, bool has_end);

typedef struct {
    char *texts[8];
    const char *const *list;
    size_t count;
} text_list;
void make_texts(text_list *list, fuzz_input *in, const char *parameter);
void free_texts(text_list *list);

/* What callbacks get as their user data: one whose starts are counted, to be held against the ends it hears of. */
void *counted(program *program);
void *uncounted(program *program);
void count_start(program *program);

void heard_event_fn(i2v_job *job, i2v_event event, void *user_data);
void heard_query_fn(i2v_query *query, void *user_data);
void heard_log_fn(i2v_log_level level, const char *message, void *user_data);
void heard_expiry_fn(const char *id, int64_t remaining, void *user_data);

typedef struct {
    const char *name;
    void (*call)(program *program, fuzz_input *in);
} call_row;
extern const call_row calls[];
extern const size_t call_count;

#endif
