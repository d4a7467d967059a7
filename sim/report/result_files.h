// SPDX-License-Identifier: Apache-2.0
// The files of one run, each a function that writes to an open file; run_write.c puts them into a
// folder.
#ifndef TESSERA_REPORT_RESULT_FILES_H
#define TESSERA_REPORT_RESULT_FILES_H

#include <tessera/report.h>

/** One row a layer of the source network and a total, every column the same counter. */
tsr_status tsr_write_layers_csv(const tsr_run_outcome *outcome, FILE *file,
                                tsr_error *err) TSR_MUST_USE;
/** group, name, value, unit: bytes by kind and direction, bursts by port, commands, latency. */
tsr_status tsr_write_dram_csv(const tsr_run_outcome *outcome, FILE *file,
                              tsr_error *err) TSR_MUST_USE;
/** Occupancy of every buffer after every change. */
tsr_status tsr_write_buffers_csv(const tsr_run_outcome *outcome, FILE *file,
                                 tsr_error *err) TSR_MUST_USE;
/** Versions, the resolved configuration, digests, seed: everything that a repetition needs. */
tsr_status tsr_write_manifest(const tsr_run_outcome *outcome, FILE *file,
                              tsr_error *err) TSR_MUST_USE;
/** Chrome trace events (Perfetto): one track an engine, one counter a buffer. */
tsr_status tsr_write_timeline(const tsr_run_outcome *outcome, FILE *file,
                              tsr_error *err) TSR_MUST_USE;
/** The summary object as compact JSON; freed by the caller with tsr_free. */
tsr_status tsr_run_summary_text(const tsr_run_outcome *outcome, char **text,
                                tsr_error *err) TSR_MUST_USE;

#endif
