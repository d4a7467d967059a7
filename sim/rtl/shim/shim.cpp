// SPDX-License-Identifier: Apache-2.0
// Pins of the Verilated top as the C interface of tsr_shim.h. The only file that sees Verilated
// headers.
#include <algorithm>
#include <cctype>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "Vtsr.h"
#include "tsr_shim.h"
#include "verilated.h"
#include "verilated_sym_props.h"
#include "verilated_syms.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif

namespace {

std::string printed;  // what the model said, until the next failure() asks
std::string last_failure;
bool failed = false;

/** The words of one memory of the feature pool. */
struct bank_memory {
    uint8_t *data = nullptr;
    size_t entry_bytes = 0;
    uint32_t lines = 0;
};

class machine {
public:
    explicit machine(uint64_t seed) {
        context_.randReset(seed == 0 ? 0 : 2);
        context_.randSeed(static_cast<int>(seed % 0x7fffffffU));
        context_.fatalOnError(false);
#if VM_TRACE_FST
        context_.traceEverOn(true);
#endif
        top_ = std::make_unique<Vtsr>(&context_, "TOP");
        top_->clk_i = 0;
        top_->eval();
        find_banks();
    }

    void step(tsr_shim_pins &pins) {
        drive(pins);
        top_->clk_i = 0;
        top_->eval();
        dump();
        sample(pins);
        top_->clk_i = 1;
        top_->eval();
        dump();
    }

    bool feature_word(uint32_t line, uint32_t bank, uint8_t *bytes, size_t size) const;
    bool trace_open(const char *path);
    void trace_close();

private:
    void drive(const tsr_shim_pins &pins);
    void sample(tsr_shim_pins &pins) const;
    void find_banks();

    void dump() {
#if VM_TRACE_FST
        if (trace_) {
            trace_->dump(time_);
        }
#endif
        context_.timeInc(1);
        ++time_;
    }

    VerilatedContext context_;
    std::unique_ptr<Vtsr> top_;
    uint64_t time_ = 0;
    std::vector<std::vector<bank_memory>> sectors_;  // [sector][bank]
#if VM_TRACE_FST
    std::unique_ptr<VerilatedFstC> trace_;
#endif
};

constexpr size_t beat_bytes = TSR_AXI_DATA_BITS / 8;

#define DRIVE_READ(name, p)                   \
    top_->m_##name##_arready_i = (p).arready; \
    top_->m_##name##_rvalid_i = (p).rvalid;   \
    top_->m_##name##_rlast_i = (p).rlast;     \
    top_->m_##name##_rresp_i = (p).rresp;     \
    top_->m_##name##_rid_i = (p).rid;         \
    std::memcpy(&top_->m_##name##_rdata_i, (p).rdata, beat_bytes)

#define SAMPLE_READ(name, p)                  \
    (p).arvalid = top_->m_##name##_arvalid_o; \
    (p).araddr = top_->m_##name##_araddr_o;   \
    (p).arlen = top_->m_##name##_arlen_o;     \
    (p).arsize = top_->m_##name##_arsize_o;   \
    (p).arburst = top_->m_##name##_arburst_o; \
    (p).arid = top_->m_##name##_arid_o;       \
    (p).rready = top_->m_##name##_rready_o

void machine::drive(const tsr_shim_pins &pins) {
    top_->rst_ni = pins.reset_n;
    DRIVE_READ(lf, pins.read[0]);
    DRIVE_READ(lw, pins.read[1]);
    DRIVE_READ(ds, pins.read[2]);
    top_->m_st_awready_i = pins.write.awready;
    top_->m_st_wready_i = pins.write.wready;
    top_->m_st_bvalid_i = pins.write.bvalid;
    top_->m_st_bresp_i = pins.write.bresp;
    top_->m_st_bid_i = pins.write.bid;
    const tsr_shim_lite &lite = pins.lite;
    top_->s_axil_awaddr_i = lite.awaddr;
    top_->s_axil_awvalid_i = lite.awvalid;
    top_->s_axil_wdata_i = lite.wdata;
    top_->s_axil_wstrb_i = lite.wstrb;
    top_->s_axil_wvalid_i = lite.wvalid;
    top_->s_axil_bready_i = lite.bready;
    top_->s_axil_araddr_i = lite.araddr;
    top_->s_axil_arvalid_i = lite.arvalid;
    top_->s_axil_rready_i = lite.rready;
}

void machine::sample(tsr_shim_pins &pins) const {
    SAMPLE_READ(lf, pins.read[0]);
    SAMPLE_READ(lw, pins.read[1]);
    SAMPLE_READ(ds, pins.read[2]);
    tsr_shim_write &write = pins.write;
    write.awvalid = top_->m_st_awvalid_o;
    write.awaddr = top_->m_st_awaddr_o;
    write.awlen = top_->m_st_awlen_o;
    write.awsize = top_->m_st_awsize_o;
    write.awburst = top_->m_st_awburst_o;
    write.awid = top_->m_st_awid_o;
    write.wvalid = top_->m_st_wvalid_o;
    write.wlast = top_->m_st_wlast_o;
    write.wstrb = top_->m_st_wstrb_o;
    write.bready = top_->m_st_bready_o;
    std::memcpy(write.wdata, &top_->m_st_wdata_o, beat_bytes);
    tsr_shim_lite &lite = pins.lite;
    lite.awready = top_->s_axil_awready_o;
    lite.wready = top_->s_axil_wready_o;
    lite.bvalid = top_->s_axil_bvalid_o;
    lite.bresp = top_->s_axil_bresp_o;
    lite.arready = top_->s_axil_arready_o;
    lite.rvalid = top_->s_axil_rvalid_o;
    lite.rresp = top_->s_axil_rresp_o;
    lite.rdata = top_->s_axil_rdata_o;
    pins.interrupt = top_->interrupt_o;
    tsr_shim_events &events = pins.events;
    events.cycle = top_->ev_cycle_o;
    events.dispatch = top_->ev_dispatch_o;
    events.start = top_->ev_start_o;
    events.complete = top_->ev_complete_o;
    events.done = top_->ev_done_o;
    events.dispatch_tag = top_->ev_dispatch_tag_o;
    std::memcpy(events.start_tag, &top_->ev_start_tag_o, sizeof events.start_tag);
    std::memcpy(events.complete_tag, &top_->ev_complete_tag_o, sizeof events.complete_tag);
}

/** Numbers in brackets of a scope's name, from left to right; Verilator spells [3] as __BRA__3__KET__. */
std::vector<uint32_t> indices_of(const std::string &name) {
    static const std::string open = "__BRA__";
    std::vector<uint32_t> found;
    for (size_t at = name.find(open); at != std::string::npos; at = name.find(open, at + 1)) {
        const char *number = name.c_str() + at + open.size();
        found.push_back(static_cast<uint32_t>(std::strtoul(number, nullptr, 10)));
    }
    return found;
}

/** The memories of tsr_feature_pool are public: ...u_feature_pool.g_bank[b].g_sector[s].u_ram.mem. */
void machine::find_banks() {
    for (const auto &entry : *context_.scopeNameMap()) {
        const VerilatedScope *scope = entry.second;
        const std::string name = scope->name();
        if (name.find("feature_pool") == std::string::npos) {
            continue;
        }
        const VerilatedVar *memory = scope->varFind("mem");
        const std::vector<uint32_t> index = indices_of(name);
        if (memory == nullptr || index.size() != 2) {
            continue;
        }
        if (sectors_.size() <= index[1]) {
            sectors_.resize(index[1] + 1);
        }
        if (sectors_[index[1]].size() <= index[0]) {
            sectors_[index[1]].resize(index[0] + 1);
        }
        bank_memory &bank = sectors_[index[1]][index[0]];
        bank.data = static_cast<uint8_t *>(memory->datap());
        bank.entry_bytes = memory->entSize();
        bank.lines = static_cast<uint32_t>(memory->unpacked().elements());
    }
}

bool machine::feature_word(uint32_t line, uint32_t bank, uint8_t *bytes, size_t size) const {
    if (sectors_.empty() || bank >= sectors_[0].size() || sectors_[0][bank].lines == 0) {
        return false;
    }
    const uint32_t lines = sectors_[0][bank].lines;
    const uint32_t sector = line / lines;
    if (sector >= sectors_.size() || bank >= sectors_[sector].size()) {
        return false;
    }
    const bank_memory &memory = sectors_[sector][bank];
    if (memory.data == nullptr || memory.entry_bytes < size) {
        return false;
    }
    std::memcpy(bytes, memory.data + memory.entry_bytes * (line % lines), size);
    return true;
}

bool machine::trace_open(const char *path) {
#if VM_TRACE_FST
    trace_ = std::make_unique<VerilatedFstC>();
    top_->trace(trace_.get(), 99);
    trace_->open(path);
    if (!trace_->isOpen()) {
        trace_.reset();
    }
    return trace_ != nullptr;
#else
    (void)path;
    return false;
#endif
}

void machine::trace_close() {
#if VM_TRACE_FST
    if (trace_) {
        trace_->close();
        trace_.reset();
    }
#endif
}

void keep_failure(const char *where) {
    if (!failed) {
        failed = true;
        last_failure = printed.empty() ? where : printed;
        while (!last_failure.empty() &&
               std::isspace(static_cast<unsigned char>(last_failure.back()))) {
            last_failure.pop_back();
        }
    }
}

void *shim_create(uint64_t seed) {
    try {
        printed.clear();
        failed = false;
        return new machine(seed);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void shim_destroy(void *m) {
    static_cast<machine *>(m)->trace_close();
    delete static_cast<machine *>(m);
}

void shim_step(void *m, tsr_shim_pins *pins) {
    static_cast<machine *>(m)->step(*pins);
}

int shim_feature_word(void *m, uint32_t line, uint32_t bank, uint8_t *bytes, uint32_t size) {
    return static_cast<machine *>(m)->feature_word(line, bank, bytes, size) ? 1 : 0;
}

const char *shim_failure(void *) {
    if (!failed) {
        return nullptr;
    }
    failed = false;
    printed.clear();
    return last_failure.c_str();
}

int shim_trace_open(void *m, const char *path) {
    return static_cast<machine *>(m)->trace_open(path) ? 1 : 0;
}

void shim_trace_close(void *m) {
    static_cast<machine *>(m)->trace_close();
}

}  // namespace

int tsr_shim_print(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (printed.size() < 4096) {
        printed += text;
    }
    return length;
}

void vl_stop(const char *file, int line, const char *) VL_MT_UNSAFE {
    keep_failure((std::string(file) + ":" + std::to_string(line)).c_str());
}

void vl_fatal(const char *file, int line, const char *, const char *message) VL_MT_UNSAFE {
    keep_failure((std::string(file) + ":" + std::to_string(line) + ": " + message).c_str());
}

extern "C" __attribute__((visibility("default"))) const tsr_shim_api *tsr_shim_get(void) {
    static const tsr_shim_api api = {
        TSR_SHIM_VERSION, beat_bytes,        VM_TRACE_FST, shim_create,     shim_destroy,
        shim_step,        shim_feature_word, shim_failure, shim_trace_open, shim_trace_close};
    return &api;
}
