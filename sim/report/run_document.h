// SPDX-License-Identifier: Apache-2.0
// A run file as a JSON document: shipped names, relative paths, the architecture inlined, overrides
// put in.
#ifndef TESSERA_REPORT_RUN_DOCUMENT_H
#define TESSERA_REPORT_RUN_DOCUMENT_H

#include <tessera/report.h>

#include "base/json.h"

/**
 * Load a run file and make it stand alone: file names relative to the run file are resolved,
 * overrides replace fields, and an architecture given by name becomes its content (so that
 * /arch/... can be overridden and swept).
 */
tsr_status tsr_run_document_load(const char *name_or_path, const tsr_override *overrides,
                                 int32_t override_count, tsr_json **document,
                                 tsr_error *err) TSR_MUST_USE;
/** Resolve the file names of a run object that stood in the file `named_in`, and inline its
 * architecture. *document is replaced. */
tsr_status tsr_run_document_resolve(tsr_json **document, const char *named_in,
                                    tsr_error *err) TSR_MUST_USE;
/** Read a complete run object. */
tsr_status tsr_run_config_from_document(const tsr_json *document, tsr_run_config *config,
                                        tsr_error *err) TSR_MUST_USE;
/** Write it back: the same configuration, every default spelled out. */
void tsr_run_config_write(const tsr_run_config *config, tsr_jwriter *writer);

#endif
