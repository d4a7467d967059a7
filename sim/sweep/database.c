// SPDX-License-Identifier: Apache-2.0
// One SQLite table of finished points and one of what the file belongs to.
#include "sweep/database.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "base/check.h"

struct tsr_database {
    sqlite3 *handle;
    char path[512];
    int64_t points;
};

static tsr_status refuse(const tsr_database *db, tsr_error *err, const char *doing) {
    return tsr_fail(err, TSR_ERR_FILE, db->path, "%s: %s", doing, sqlite3_errmsg(db->handle));
}

static tsr_status run_sql(const tsr_database *db, const char *sql, tsr_error *err) {
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? TSR_OK
                                                                        : refuse(db, err, "sql");
}

static tsr_status read_meta(const tsr_database *db, const char *key, int64_t *value, bool *found,
                            tsr_error *err) {
    sqlite3_stmt *query = NULL;
    if (sqlite3_prepare_v2(db->handle, "SELECT value FROM meta WHERE key = ?1", -1, &query, NULL) !=
        SQLITE_OK) {
        return refuse(db, err, "reading what the database belongs to");
    }
    (void)sqlite3_bind_text(query, 1, key, -1, SQLITE_STATIC);
    *found = sqlite3_step(query) == SQLITE_ROW;
    *value = *found ? sqlite3_column_int64(query, 0) : 0;
    (void)sqlite3_finalize(query);
    return TSR_OK;
}

static tsr_status check_owner(const tsr_database *db, uint32_t digest, tsr_error *err) {
    int64_t found_digest = 0;
    int64_t found_points = 0;
    bool found = false;
    TSR_TRY(read_meta(db, "digest", &found_digest, &found, err));
    if (!found) {
        char sql[160];
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO meta VALUES ('digest', %lu), ('points', %lld), ('version', 1)",
                       (unsigned long)digest, (long long)db->points);
        return run_sql(db, sql, err);
    }
    TSR_TRY(read_meta(db, "points", &found_points, &found, err));
    TSR_CHECK(found_digest == (int64_t)digest && found_points == db->points, TSR_ERR_CONFIG, err,
              db->path,
              "the database was made by another version of this sweep (%lld points, digest %08llx; "
              "now %lld points, "
              "digest %08lx): give --restart to throw it away, or another --out",
              (long long)found_points, (unsigned long long)found_digest, (long long)db->points,
              (unsigned long)digest);
    return TSR_OK;
}

tsr_status tsr_database_open(const char *path, uint32_t digest, int64_t points,
                             tsr_database **database, tsr_error *err) {
    tsr_database *db = tsr_alloc(1, sizeof *db);
    TSR_CHECK(db != NULL, TSR_ERR_NO_MEMORY, err, path, "out of memory");
    (void)snprintf(db->path, sizeof db->path, "%s", path);
    db->points = points;
    tsr_status status = TSR_OK;
    if (sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK) {
        status = refuse(db, err, "cannot open the database");
    }
    (void)sqlite3_busy_timeout(db->handle, 2000);
    if (status == TSR_OK) {
        status = run_sql(
            db,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL);"
            "CREATE TABLE IF NOT EXISTS points (point INTEGER PRIMARY KEY, status INTEGER NOT NULL,"
            " run TEXT NOT NULL, summary TEXT, message TEXT);",
            err);
    }
    if (status == TSR_OK) {
        status = check_owner(db, digest, err);
    }
    if (status != TSR_OK) {
        tsr_database_close(db);
        return status;
    }
    *database = db;
    return TSR_OK;
}

void tsr_database_close(tsr_database *database) {
    if (database != NULL) {
        (void)sqlite3_close(database->handle);
        tsr_free(database);
    }
}

tsr_status tsr_database_done(tsr_database *database, bool *done, int64_t *count, tsr_error *err) {
    sqlite3_stmt *query = NULL;
    if (sqlite3_prepare_v2(database->handle, "SELECT point FROM points", -1, &query, NULL) !=
        SQLITE_OK) {
        return refuse(database, err, "reading finished points");
    }
    *count = 0;
    int step = SQLITE_OK;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        const int64_t point = sqlite3_column_int64(query, 0);
        if (point >= 0 && point < database->points) {
            done[point] = true;
            ++*count;
        }
    }
    (void)sqlite3_finalize(query);
    return step == SQLITE_DONE ? TSR_OK : refuse(database, err, "reading finished points");
}

tsr_status tsr_database_insert(tsr_database *database, int64_t point, const char *run_json,
                               const tsr_point_result *result, tsr_error *err) {
    sqlite3_stmt *insert = NULL;
    if (sqlite3_prepare_v2(database->handle, "INSERT INTO points VALUES (?1, ?2, ?3, ?4, ?5)", -1,
                           &insert, NULL) != SQLITE_OK) {
        return refuse(database, err, "storing a point");
    }
    (void)sqlite3_bind_int64(insert, 1, point);
    (void)sqlite3_bind_int64(insert, 2, (sqlite3_int64)result->status);
    (void)sqlite3_bind_text(insert, 3, run_json, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(insert, 4, result->summary_json, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(insert, 5, result->message, -1, SQLITE_STATIC);
    const int step = sqlite3_step(insert);  // autocommit: the statement is the transaction
    (void)sqlite3_finalize(insert);
    TSR_CHECK(step != SQLITE_CONSTRAINT, TSR_ERR_INTERNAL, err, database->path,
              "point %lld was stored before", (long long)point);
    return step == SQLITE_DONE ? TSR_OK : refuse(database, err, "storing a point");
}

static char *column_copy(sqlite3_stmt *query, int column) {
    const char *text = (const char *)sqlite3_column_text(query, column);
    return text != NULL ? tsr_strdup(text) : NULL;
}

tsr_status tsr_database_read(tsr_database *database, int64_t point, tsr_point_result *result,
                             tsr_error *err) {
    sqlite3_stmt *query = NULL;
    if (sqlite3_prepare_v2(database->handle,
                           "SELECT status, summary, message FROM points WHERE point = ?1", -1,
                           &query, NULL) != SQLITE_OK) {
        return refuse(database, err, "reading a point");
    }
    (void)sqlite3_bind_int64(query, 1, point);
    const bool found = sqlite3_step(query) == SQLITE_ROW;
    if (found) {
        result->status = (tsr_status)sqlite3_column_int64(query, 0);
        result->summary_json = column_copy(query, 1);
        result->message = column_copy(query, 2);
    }
    (void)sqlite3_finalize(query);
    TSR_CHECK(found, TSR_ERR_INTERNAL, err, database->path, "point %lld is missing",
              (long long)point);
    return TSR_OK;
}

void tsr_point_result_free(tsr_point_result *result) {
    tsr_free(result->summary_json);
    tsr_free(result->message);
    memset(result, 0, sizeof *result);
}
