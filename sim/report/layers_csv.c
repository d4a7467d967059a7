// SPDX-License-Identifier: Apache-2.0
// layers.csv: the source network layer by layer, nothing dropped, and a total that equals the
// summary.
#include <tessera/forward.h>

#include "base/alloc.h"
#include "base/check.h"
#include "report/result_files.h"
#include "report/run_figures.h"

static void print_titles(FILE *file) {
    (void)fputs(
        "index,layer,kind,fused_into,left_whole,in_channels,in_height,in_width,out_channels,out_"
        "height,out_"
        "width,"
        "cycles",
        file);
    for (int32_t i = 0; i < TSR_CAUSE_COUNT; ++i) {
        (void)fprintf(file, ",%s_cycles", tsr_cause_name((tsr_cause)i));
    }
    (void)fputs(",bottleneck,macs,macs_recomputed", file);
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        (void)fprintf(file, ",dram_read_%s_bytes", tsr_traffic_name((tsr_traffic)i));
    }
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        (void)fprintf(file, ",dram_write_%s_bytes", tsr_traffic_name((tsr_traffic)i));
    }
    (void)fputs(",dram_waste_bytes,dram_reread_bytes", file);
    for (int32_t i = 0; i < TSR_ENGINE_COUNT; ++i) {
        const char *engine = tsr_engine_name((tsr_engine)i);
        (void)fprintf(file, ",%s_descriptors,%s_busy_cycles,%s_memory_stall_cycles", engine, engine,
                      engine);
    }
    (void)fputc('\n', file);
}

static void print_counters(const tsr_counters *c, FILE *file) {
    (void)fprintf(file, ",%llu", (unsigned long long)c->cycles);
    for (int32_t i = 0; i < TSR_CAUSE_COUNT; ++i) {
        (void)fprintf(file, ",%llu", (unsigned long long)c->cycles_by_cause[i]);
    }
    (void)fprintf(file, ",%s,%llu,%llu",
                  c->cycles > 0 ? tsr_cause_name(tsr_counters_bottleneck(c)) : "",
                  (unsigned long long)c->macs, (unsigned long long)c->macs_recomputed);
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        (void)fprintf(file, ",%llu", (unsigned long long)c->read_bytes[i]);
    }
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        (void)fprintf(file, ",%llu", (unsigned long long)c->write_bytes[i]);
    }
    (void)fprintf(file, ",%llu,%llu", (unsigned long long)c->waste_bytes,
                  (unsigned long long)c->reread_bytes);
    for (int32_t i = 0; i < TSR_ENGINE_COUNT; ++i) {
        (void)fprintf(file, ",%llu,%llu,%llu", (unsigned long long)c->descriptors[i],
                      (unsigned long long)c->busy_cycles[i],
                      (unsigned long long)c->memory_stall_cycles[i]);
    }
    (void)fputc('\n', file);
}

// Why a convolution of a run in blocks is in one piece; empty where it is not.
static const char *left_whole(const tsr_layer *layer, const tsr_blocking *blocking) {
    tsr_layer_blocks blocks = {0};
    if (tsr_layer_blocks_make(layer, blocking, &blocks, NULL) != TSR_OK ||
        blocks.why == TSR_WHOLE_NO_BLOCKS) {
        return "";
    }
    return tsr_why_whole_name(blocks.why);
}

// A name with a comma or a quote becomes a quoted cell.
static void print_name(const char *name, FILE *file) {
    bool quote = false;
    for (const char *c = name; *c != '\0'; ++c) {
        quote = quote || *c == ',' || *c == '"';
    }
    (void)fputs(quote ? "\"" : "", file);
    for (const char *c = name; *c != '\0'; ++c) {
        (void)fputs(*c == '"' ? "\"" : "", file);
        (void)fputc(*c, file);
    }
    (void)fputs(quote ? "\"" : "", file);
}

tsr_status tsr_write_layers_csv(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    const tsr_network *network = &outcome->network;
    TSR_CHECK(outcome->result.layer_count == network->layer_count, TSR_ERR_INTERNAL, err,
              network->name, "%d layers were counted, the network has %d",
              outcome->result.layer_count, network->layer_count);
    int32_t *fused_into = tsr_alloc((size_t)network->layer_count, sizeof *fused_into);
    TSR_CHECK(fused_into != NULL, TSR_ERR_NO_MEMORY, err, network->name, "out of memory");
    tsr_fusion_make(network, fused_into);
    const tsr_blocking blocking = tsr_schedule_blocking(&outcome->config.schedule);
    print_titles(file);
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const tsr_layer *layer = &network->layers[i];
        const tsr_counters *counters = &outcome->result.layers[i];
        (void)fprintf(file, "%d,", i);
        print_name(layer->name, file);
        (void)fprintf(file, ",%s,", tsr_layer_kind_name(layer->kind));
        // A pool in the drain of its convolution has no descriptors of its own either.
        int32_t root = fused_into[i];
        if (root == i && layer->kind == TSR_LAYER_MAX_POOL &&
            counters->descriptors[TSR_ENGINE_COMPUTE] == 0) {
            root = fused_into[layer->inputs[0]];
        }
        print_name(root != i ? network->layers[root].name : "", file);
        (void)fprintf(file, ",%s,%d,%d,%d,%d,%d,%d", left_whole(layer, &blocking), layer->in.c,
                      layer->in.h, layer->in.w, layer->out.c, layer->out.h, layer->out.w);
        print_counters(counters, file);
    }
    tsr_free(fused_into);
    const tsr_shape in = network->layers[0].out;
    const tsr_shape out = network->layers[network->layer_count - 1].out;
    (void)fprintf(file, ",total,,,,%d,%d,%d,%d,%d,%d", in.c, in.h, in.w, out.c, out.h, out.w);
    print_counters(&outcome->result.total, file);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "layers.csv", "cannot be written");
    return TSR_OK;
}
