// SPDX-License-Identifier: Apache-2.0
// tsr_fetch against tsr_fetch_next and the rules of descriptor fetch and dispatch, under stalls of memory and FIFOs.
#include "rtl/dma_cases.hpp"

extern "C" {
#include "counters/dma_law.h"
}

namespace {

using namespace bench;

constexpr uint64_t unit_bytes = TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
constexpr uint64_t buffer_bytes = TSR_UARCH_FETCH_BUFFER_UNITS * unit_bytes;

/** Descriptors whose fields are noise, at an address near the end of a page; owned by the caller. */
tsr_program made_stream(random_source &random, std::vector<uint8_t> &bytes) {
    static const int64_t opcodes[] = {TSR_OP_LOAD_FEATURE, TSR_OP_LOAD_WEIGHT, TSR_OP_CONV,
                                      TSR_OP_POOL, TSR_OP_STORE};
    tsr_program program = made_program();
    tsr_error err = {};
    program.descriptor_address = 4096 * static_cast<uint64_t>(random.pick(1, 3)) -
                                 64 * static_cast<uint64_t>(random.pick(0, 9));
    const int64_t count = random.pick(0, 40);
    uint64_t at = program.descriptor_address;
    for (int64_t i = 0; i <= count; ++i) {
        tsr_desc desc = {};
        desc.header.opcode = i == count ? TSR_OP_END : opcodes[random.pick(0, 4)];
        desc.header.layer = random.pick(0, 4095);
        assert_ok(tsr_program_append(&program, &desc, nullptr, &err), err);
        desc = tsr_program_desc(&program, static_cast<int32_t>(i));
        assert_ok(tsr_desc_encode(&desc, &bytes[at], &err), err);
        const auto size = tsr_program_desc_bytes(&program, static_cast<int32_t>(i));
        if (i < count) {
            for (uint64_t k = 8; k < size; ++k) {
                bytes[at + k] = static_cast<uint8_t>(random.next() >> 32);
            }
        }
        at += size;
    }
    return program;
}

class fetch_bench {
public:
    explicit fetch_bench(uint64_t start)
        : random_(start),
          bytes_(made_memory(random_)),
          memory_(bytes_, beat_bytes, random_),
          expected_(RTL_MaxOutstanding) {}

    void run(const stalls &how) {
        tsr_program program = made_stream(random_, bytes_);
        reset();
        tsr_fetch_walk walk = tsr_fetch_first(&program);
        std::deque<uint64_t>
            ends;  // of the bursts not asked for, and of those not answered, in bytes of the stream
        std::deque<uint64_t> answers;
        uint64_t address = 0;
        uint32_t beats = 0;
        while (tsr_fetch_next(&walk, &address, &beats)) {
            expected_.add(address, beats);
            ends.push_back(walk.position);
        }
        Vdut &dut = *now_.dut;
        dut.start_i = 1;
        dut.base_i = program.descriptor_address;
        dut.units_i = static_cast<uint32_t>(walk.bytes / unit_bytes);
        memory_.drive(dut, how);
        now_.settle();
        now_.edge();
        dut.start_i = 0;
        uint64_t committed = 0;
        uint64_t dispatched = 0;
        int32_t next = 0;
        for (bool ended = false; !ended;) {
            assert_true(now_.cycle < 1000000);
            dut.room_i = static_cast<uint8_t>(how.beat == 100 ? 15 : random_.pick(0, 15));
            memory_.drive(dut, how);
            now_.settle();
            const bool room = !ends.empty() && ends.front() <= dispatched + buffer_bytes;
            expected_.open_from(room ? 0 : UINT64_MAX);
            expected_.check(now_.cycle, dut.arvalid_o, dut.araddr_o, dut.arlen_o);
            const tsr_desc desc = tsr_program_desc(&program, next);
            const uint64_t size = static_cast<uint64_t>(desc.header.units) * unit_bytes;
            const bool whole = committed >= dispatched + size;
            const tsr_engine target = tsr_desc_engine(&desc);
            ended = whole && target == TSR_ENGINE_COUNT;
            const bool goes = whole && !ended && (dut.room_i >> target & 1) != 0;
            assert_int_equal(dut.dispatch_o, goes ? 1 << target : 0);
            assert_int_equal(dut.end_o, ended);
            assert_false(dut.bad_o);
            if (goes) {
                assert_memory_equal(&dut.desc_o, &bytes_[program.descriptor_address + dispatched],
                                    size);
            }
            if (dut.arvalid_o && dut.arready_i) {
                answers.push_back(ends.front());
                ends.pop_front();
            }
            bool last = false;
            if (memory_.observe(dut, expected_, last) && last) {
                committed = answers.front();
                answers.pop_front();
            }
            if (goes) {
                dispatched += size;
                ++next;
            }
            now_.edge();
        }
        assert_true(dut.quiet_o && expected_.empty());
        tsr_program_free(&program);
    }

    /** The stream's first descriptor is one that no engine can run. */
    void refuse(uint64_t header) {
        reset();
        std::memset(&bytes_[4096], 0, 128);
        std::memcpy(&bytes_[4096], &header, sizeof header);
        Vdut &dut = *now_.dut;
        dut.start_i = 1;
        dut.base_i = 4096;
        dut.units_i = 1;
        dut.room_i = 15;
        for (uint64_t at = 0; at < unit_bytes; at += RTL_MaxBurstBeats * beat_bytes) {
            const uint64_t left = (unit_bytes - at) / beat_bytes;
            expected_.add(4096 + at,
                          static_cast<uint32_t>(std::min<uint64_t>(left, RTL_MaxBurstBeats)));
        }
        bool refused = false;
        for (int i = 0; i < 200; ++i) {
            dut.start_i = i == 0;
            memory_.drive(dut, stall_sweep[0]);
            now_.settle();
            bool last = false;
            (void)memory_.observe(dut, expected_, last);
            assert_int_equal(dut.dispatch_o, 0);
            assert_false(dut.end_o && !refused);
            refused = refused || dut.bad_o;
            now_.edge();
        }
        assert_true(refused);
    }

private:
    void reset() {
        now_.dut->rst_ni = 0;
        now_.dut->start_i = 0;
        for (int i = 0; i < 3; ++i) {
            now_.settle();
            now_.edge();
        }
        now_.dut->rst_ni = 1;
        now_.cycle = 0;
    }

    random_source random_;
    std::vector<uint8_t> bytes_;
    clocked now_;
    read_memory<Vdut> memory_;
    expected_bursts expected_;
};

void bursts_and_dispatch_keep_the_rules_under_stalls(void **) {
    for (const stalls &how : stall_sweep) {
        fetch_bench bench(seed);
        for (int i = 0; i < 60; ++i) {
            bench.run(how);
        }
    }
}

/** opcode 4 bits, units 2, traffic 3, pop 4, push 4. */
constexpr uint64_t header(uint64_t opcode, uint64_t units, uint64_t pop, uint64_t push) {
    return opcode | units << 4 | pop << 9 | push << 13;
}

void a_descriptor_that_no_engine_can_run_is_refused_and_not_dispatched(void **) {
    fetch_bench bench(seed);
    bench.refuse(header(9, 1, 0, 0));
    bench.refuse(header(TSR_OP_CONV, 1, 0, 0));
    bench.refuse(header(TSR_OP_STORE, 2, 0, 0));
    bench.refuse(header(TSR_OP_END, 0, 0, 0));
    bench.refuse(header(TSR_OP_STORE, 1, 1U << TSR_ENGINE_STORE, 0));
    bench.refuse(header(TSR_OP_LOAD_WEIGHT, 1, 0, 1U << TSR_ENGINE_LOAD_WEIGHT));
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(bursts_and_dispatch_keep_the_rules_under_stalls),
        cmocka_unit_test(a_descriptor_that_no_engine_can_run_is_refused_and_not_dispatched),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
