/* Targets: refused before anything is paid for, and never half written. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing may be sent for a target that cannot be written. */
static void target_is_refused(const char *target, i2v_status status, int number)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request_to(target);
    i2v_error *error = NULL;
    i2v_job *job = NULL;
    watch watched = {0};

    CHECK_STATUS(i2v_request_validate(request, NULL), status);
    CHECK_STATUS(i2v_client_submit(client, request, watch_event, &watched, &job, &error), status);
    CHECK(job == NULL);
    if (number) CHECK_INT(i2v_error_get_errno(error), number);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK_ERROR(&error, status, "target");
    CHECK_STATUS(i2v_client_animate(client, request, NULL, NULL), status);
    CHECK_STATUS(i2v_client_animate(client, request, target, NULL), status);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, NULL), I2V_OK);
    CHECK_TEXT(watched.order, "");
    i2v_request_destroy(request);
    i2v_client_destroy(client);
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void existing_target_is_refused_first(void)
{
    const char *target = temp_path("mine.mp4");
    char *text;
    write_file(target, "mine");
    target_is_refused(target, I2V_ERROR_FILE_EXISTS, EEXIST);
    text = read_file(target);
    CHECK_TEXT(text, "mine");
    free(text);
}

static void existing_link_is_a_target_that_exists(void)
{
    const char *link = temp_path("link.mp4");
    CHECK(symlink("nowhere", link) == 0);
    target_is_refused(link, I2V_ERROR_FILE_EXISTS, EEXIST);
}

static void target_in_a_missing_folder_is_refused(void)
{
    target_is_refused(temp_path("no/such/folder/x.mp4"), I2V_ERROR_FILE, ENOENT);
}

static void target_below_a_file_is_refused(void)
{
    write_file(temp_path("plain"), "x");
    target_is_refused(temp_path("plain/x.mp4"), I2V_ERROR_FILE, 0);
    /* A program may be entered as little as any other file. */
    CHECK(chmod(temp_path("plain"), 0777) == 0);
    target_is_refused(temp_path("plain/x.mp4"), I2V_ERROR_FILE, ENOTDIR);
}

static void folder_as_target_is_refused(void)
{
    const char *folder = temp_path("folder.mp4");
    CHECK(mkdir(folder, 0700) == 0);
    target_is_refused(folder, I2V_ERROR_FILE, EISDIR);
    rmdir(folder);
}

/* A name that may have 255 bytes has to have room for what it is called while it is written. */
static void name_that_is_too_long_is_refused(void)
{
    char name[300];
    memset(name, 'n', sizeof name);
    name[260] = 0;
    target_is_refused(temp_path(name), I2V_ERROR_FILE, ENAMETOOLONG);
    name[251] = 0;
    target_is_refused(temp_path(name), I2V_ERROR_FILE, ENAMETOOLONG);
}

static void longest_name_is_saved_to(void)
{
    i2v_client *client = sandbox_client();
    char name[300];
    const char *target;
    memset(name, 'n', sizeof name);
    name[250] = 0;
    target = temp_path(name);
    i2v_job_release(run_job(client, new_request_to(target), NULL, I2V_OK));
    CHECK(is_mp4(target));
    i2v_client_destroy(client);
}

static void name_that_leads_nowhere_is_refused(void)
{
    CHECK(symlink("circle", temp_path("circle")) == 0);
    target_is_refused(temp_path("circle/x.mp4"), I2V_ERROR_FILE, ELOOP);
    CHECK(remove(temp_path("circle")) == 0);
}

static void part_file_that_cannot_be_written_is_refused(void)
{
    const char *target = temp_path("taken.mp4"), *part = temp_path("taken.mp4.part");
    CHECK(mkdir(part, 0700) == 0);
    target_is_refused(target, I2V_ERROR_FILE, EEXIST);
    CHECK(rmdir(part) == 0);
    CHECK(symlink("elsewhere", part) == 0);
    target_is_refused(target, I2V_ERROR_FILE, EEXIST);
    CHECK(remove(part) == 0);
    CHECK(mkfifo(part, 0600) == 0);
    target_is_refused(target, I2V_ERROR_FILE, EEXIST);
    CHECK(remove(part) == 0);
}

static void check_no_access(void *target)
{
    i2v_request *request = new_request_to(target);
    i2v_error *error = NULL;
    /* Root may write anywhere. */
    if (geteuid() == 0) CHECK(setuid(65534) == 0);
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_FILE);
    CHECK_INT(i2v_error_get_errno(error), EACCES);
    CHECK_ERROR(&error, I2V_ERROR_FILE, "target");
    i2v_request_destroy(request);
}

static void part_file_of_another_user_is_refused(void)
{
    const char *folder = temp_path("open"), *part = temp_path("open/x.mp4.part");
    CHECK(chmod(temp_path(""), 0711) == 0);
    CHECK(mkdir(folder, 0700) == 0 && chmod(folder, 0777) == 0);
    write_file(part, "theirs");
    CHECK(chmod(part, 0444) == 0);
    CHECK(holds_in_child(check_no_access, (void *)temp_path("open/x.mp4")));
    remove(part);
    rmdir(folder);
}

static void unwritable_folder_is_refused(void)
{
    const char *folder = temp_path("locked");
    CHECK(chmod(temp_path(""), 0711) == 0);
    CHECK(mkdir(folder, 0555) == 0);
    CHECK(holds_in_child(check_no_access, (void *)temp_path("locked/x.mp4")));
    rmdir(folder);
}

static void folder_that_cannot_be_written_to_after_all_fails_the_job(void)
{
    i2v_client *client = sandbox_client();
    const char *folder = temp_path("fleeting");
    watch watched = {0};
    i2v_job *job;
    i2v_error *error;

    CHECK(mkdir(folder, 0700) == 0);
    job = start_job(client, new_request_to(temp_path("fleeting/x.mp4")), &watched);
    CHECK(rmdir(folder) == 0);
    CHECK_STATUS(finish_job(job), I2V_ERROR_FILE);
    CHECK_INT(watched.done, 1);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_errno(error), ENOENT);
    CHECK_CONTAINS(i2v_error_get_message(error), "fleeting");
    i2v_error_destroy(error);

    /* The video is paid for, and not lost. */
    CHECK_STATUS(i2v_job_fetch(job, temp_path("rescued.mp4"), false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(temp_path("rescued.mp4")));
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void target_that_appears_meanwhile_is_not_replaced(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("meanwhile.mp4");
    i2v_job *job = start_job(client, new_request_to(target), NULL);
    char *text;
    write_file(target, "somebody else's");
    CHECK_STATUS(finish_job(job), I2V_ERROR_FILE_EXISTS);
    text = read_file(target);
    CHECK_TEXT(text, "somebody else's");
    free(text);
    CHECK(!file_exists(temp_path("meanwhile.mp4.part")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void replacing_is_done_at_the_very_end(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("replaced.mp4");
    i2v_request *request = new_request_to(target);
    i2v_job *job;
    char *text;

    write_file(target, "old");
    i2v_request_set_replace_target(request, true);
    sandbox_faults("[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":404,\"body\":\"\"}}]");
    job = run_job(client, request, NULL, I2V_ERROR_VIDEO_GONE);
    text = read_file(target);
    CHECK_TEXT(text, "old");
    free(text);
    sandbox_faults("[]");
    CHECK_STATUS(i2v_job_fetch(job, target, true, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(target));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void two_jobs_do_not_save_to_one_file(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("shared.mp4");
    i2v_job *first = start_job(client, new_request_to(target), NULL), *second = NULL;
    i2v_request *request = new_request_to(target);
    i2v_status status = i2v_client_submit(client, request, NULL, NULL, &second, NULL);
    CHECK(status != I2V_OK);
    CHECK(second == NULL);
    CHECK_STATUS(finish_job(first), I2V_OK);
    CHECK_INT(sandbox_count("create"), 1);

    /* The name is free again when the first has ended. */
    i2v_request_set_replace_target(request, true);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, &second, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(second), I2V_OK);
    i2v_job_release(first);
    i2v_job_release(second);
    i2v_client_destroy(client);
}

static void target_relative_to_the_working_folder_works(void)
{
    i2v_client *client = sandbox_client();
    char before[1024], folder[1024];
    i2v_job *job;
    REQUIRE(getcwd(before, sizeof before) != NULL);
    snprintf(folder, sizeof folder, "%s", temp_path(""));
    CHECK(chdir(folder) == 0);
    job = run_job(client, new_request_to("relative.mp4"), NULL, I2V_OK);
    CHECK_TEXT(i2v_job_get_path(job), "relative.mp4");
    CHECK(chdir(before) == 0);
    CHECK(is_mp4(temp_path("relative.mp4")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void relative_target_stays_where_it_was_when_submitted(void)
{
    i2v_client *client = sandbox_client();
    char before[1024], folder[1024];
    i2v_job *job, *again = NULL;
    REQUIRE(getcwd(before, sizeof before) != NULL);
    snprintf(folder, sizeof folder, "%s", temp_path(""));
    CHECK(chdir(folder) == 0);
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1000}]");
    job = start_job(client, new_request_to("stays.mp4"), NULL);
    CHECK(chdir(before) == 0);
    /* It is the same file, also under its whole name. */
    {
        i2v_request *request = new_request_to(temp_path("stays.mp4"));
        CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, &again, NULL), I2V_ERROR_INVALID_STATE);
        i2v_request_destroy(request);
    }
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(i2v_job_get_path(job), "stays.mp4");
    CHECK(is_mp4(temp_path("stays.mp4")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void names_may_have_any_character(void)
{
    static const char *const names[] = {"a b.mp4", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x88.mp4", "100%.mp4",
                                        "no-extension"};
    size_t index;
    i2v_client *client = sandbox_client();
    for (index = 0; index < sizeof names / sizeof *names; index++) {
        const char *target = temp_path(names[index]);
        i2v_job *job = run_job(client, new_request_to(target), NULL, I2V_OK);
        CHECK(is_mp4(target));
        i2v_job_release(job);
    }
    i2v_client_destroy(client);
}

/* ---- File systems that can do little ---- */

/* The id of a video whose target appears while it is fetched. */
static const char meanwhile[] = "meanwhile";

static bool answer_plainly(server *server, int descriptor, const char *request, int connection)
{
    const char *id = strstr(request, meanwhile) ? meanwhile : "new";
    char body[256];
    (void)connection;
    if (strstr(request, "GET /v/")) {
        if (id == meanwhile) write_file(server_state(server), "somebody else's");
        server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "the video");
        return true;
    }
    snprintf(body, sizeof body,
             "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"%s\",\"status\":3,\"video_url\":\"%s/v/%s\"}]}}", id,
             server_url(server), id);
    server_json(descriptor, body);
    return true;
}

static void save_plainly(i2v_client *client, const char *id, const char *target, bool replace, i2v_status status,
                         const char *text)
{
    i2v_job *job = NULL;
    char part[1100], *saved;
    snprintf(part, sizeof part, "%s.part", target);
    CHECK_STATUS(i2v_client_attach(client, id, target, replace, NULL, NULL, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), status);
    saved = read_file(target);
    CHECK_TEXT(saved, text);
    free(saved);
    CHECK(!file_exists(part));
    remove(target);
    i2v_job_release(job);
}

int run_plain_files(const char *url, const char *folder)
{
    i2v_client *client = new_client(new_config(url));
    char path[1024];
    snprintf(path, sizeof path, "%s/new.mp4", folder);
    CHECK(link(folder, path) != 0 && errno == atoi(getenv("I2V_LINK_ERROR")));
    save_plainly(client, "new", path, false, I2V_OK, "the video");
    write_file(path, "old");
    save_plainly(client, "new", path, true, I2V_OK, "the video");
    snprintf(path, sizeof path, "%s/uninvited.mp4", folder);
    save_plainly(client, meanwhile, path, false, I2V_ERROR_FILE_EXISTS, "somebody else's");
    i2v_client_destroy(client);
    return failed_checks() == 0 ? 0 : 1;
}

static void file_system_without_locks_and_second_names_is_saved_to(void)
{
    static const int unknown[] = {EINVAL, ENOSYS, EPERM, EOPNOTSUPP};
    static const int unlocked[] = {EINVAL, ENOSYS, ENOLCK, EOPNOTSUPP};
    const char *arguments[4] = {"--plain-files", NULL, NULL, NULL};
    char target[1024];
    server *server;
    size_t index;
    snprintf(target, sizeof target, "%s", temp_path("uninvited.mp4"));
    server = server_start(answer_plainly, target);
    arguments[1] = server_url(server);
    arguments[2] = temp_path(".");
    for (index = 0; index < sizeof unknown / sizeof *unknown; index++) {
        char code[16], output[4096];
        snprintf(code, sizeof code, "%d", unknown[index]);
        setenv("I2V_RENAME_ERROR", code, 1);
        setenv("I2V_LINK_ERROR", code, 1);
        snprintf(code, sizeof code, "%d", unlocked[index]);
        setenv("I2V_LOCK_ERROR", code, 1);
        CHECK_INT(run_program(arguments, preload("plain-files"), output, sizeof output, slack(HANG)), 0);
        CHECK_TEXT(output, "");
    }
    server_stop(server);
}

void suite_files(void)
{
    RUN(existing_target_is_refused_first);
    RUN(existing_link_is_a_target_that_exists);
    RUN(target_in_a_missing_folder_is_refused);
    RUN(target_below_a_file_is_refused);
    RUN(folder_as_target_is_refused);
    RUN(unwritable_folder_is_refused);
    RUN(name_that_is_too_long_is_refused);
    RUN(longest_name_is_saved_to);
    RUN(name_that_leads_nowhere_is_refused);
    RUN(part_file_that_cannot_be_written_is_refused);
    RUN(part_file_of_another_user_is_refused);
    RUN(folder_that_cannot_be_written_to_after_all_fails_the_job);
    RUN(target_that_appears_meanwhile_is_not_replaced);
    RUN(replacing_is_done_at_the_very_end);
    RUN(two_jobs_do_not_save_to_one_file);
    RUN(target_relative_to_the_working_folder_works);
    RUN(relative_target_stays_where_it_was_when_submitted);
    RUN(names_may_have_any_character);
    RUN(file_system_without_locks_and_second_names_is_saved_to);
}
