// SPDX-License-Identifier: Apache-2.0
// tsr_axil_regs as a driver sees it: AXI4-Lite in any order of address and data, commands, sticky bits, interrupts.
#include <array>

#include "rtl/rtl_bench.hpp"

extern "C" {
#include <tsr_uarch.h>
}

namespace {

using namespace bench;

constexpr uint32_t bit(uint32_t place) {
    return 1U << place;
}

class regs_bench {
public:
    explicit regs_bench(uint64_t start) : random_(start) {
        now_.dut->rst_ni = 0;
        step();
        step();
        now_.dut->rst_ni = 1;
        step();
    }

    /** One write with address and data up to a few cycles apart; counts what the commands did. */
    void write(uint32_t offset, uint32_t value, uint32_t strobe = 15) {
        Vdut &dut = *now_.dut;
        const int64_t address_in = random_.pick(0, 4);
        const int64_t data_in = random_.pick(0, 4);
        bool address_due = true;
        bool data_due = true;
        bool answer_due = true;
        commands_ = {};
        for (int i = 0; answer_due; ++i) {
            assert_true(i < 100);
            dut.awvalid_i = address_due && i >= address_in;
            dut.awaddr_i = static_cast<uint16_t>(offset);
            dut.wvalid_i = data_due && i >= data_in;
            dut.wdata_i = value;
            dut.wstrb_i = static_cast<uint8_t>(strobe);
            dut.bready_i = random_.percent(50);
            now_.settle();
            address_due = address_due && !(dut.awvalid_i && dut.awready_o);
            data_due = data_due && !(dut.wvalid_i && dut.wready_o);
            if (dut.bvalid_o) {
                assert_false(address_due || data_due);
                assert_int_equal(dut.bresp_o, 0);
                answer_due = !dut.bready_i;
            }
            finish_step();
        }
        dut.awvalid_i = 0;
        dut.wvalid_i = 0;
    }

    uint32_t read(uint32_t offset) {
        Vdut &dut = *now_.dut;
        uint32_t value = 0;
        bool address_due = true;
        for (int i = 0;; ++i) {
            assert_true(i < 100);
            dut.arvalid_i = address_due;
            dut.araddr_i = static_cast<uint16_t>(offset);
            dut.rready_i = random_.percent(50);
            now_.settle();
            address_due = address_due && !dut.arready_o;
            const bool taken = dut.rvalid_o && dut.rready_i;
            value = dut.rdata_o;
            finish_step();
            if (taken) {
                dut.arvalid_i = 0;
                return value;
            }
        }
    }

    void step() {
        now_.settle();
        finish_step();
    }

    Vdut &dut() { return *now_.dut; }

    /** Cycles of start, abort and soft reset during the last write. */
    std::array<int, 3> commands() const { return commands_; }

private:
    void finish_step() {
        commands_[0] += now_.dut->start_o;
        commands_[1] += now_.dut->abort_o;
        commands_[2] += now_.dut->soft_reset_o;
        now_.edge();
    }

    random_source random_;
    clocked now_;
    std::array<int, 3> commands_ = {};
};

void a_written_register_reads_back_byte_by_byte(void **) {
    regs_bench bench(seed);
    random_source random(seed);

    static const struct {
        uint32_t offset, mask;
    } registers[] = {{TSR_REG_DESCRIPTOR_BASE_LO, 0xffffffff},
                     {TSR_REG_DESCRIPTOR_BASE_HI, 0xff},
                     {TSR_REG_DESCRIPTOR_COUNT, 0xffffffff},
                     {TSR_REG_INTERRUPT_ENABLE, 7},
                     {TSR_REG_AXI_ATTRIBUTES, 7}};

    uint32_t held[5] = {};
    for (int i = 0; i < 400; ++i) {
        const auto at = static_cast<size_t>(random.pick(0, 4));
        const auto value = static_cast<uint32_t>(random.next() >> 20);
        const auto strobe = static_cast<uint32_t>(random.pick(0, 15));
        bench.write(registers[at].offset, value, strobe);
        for (uint32_t b = 0; b < 4; ++b) {
            if ((strobe >> b & 1) != 0) {
                const uint32_t lane = 0xffU << 8 * b & registers[at].mask;
                held[at] = (held[at] & ~lane) | (value & lane);
            }
        }
        const auto other = static_cast<size_t>(random.pick(0, 4));
        assert_int_equal(bench.read(registers[other].offset), held[other]);
    }
    assert_int_equal(bench.dut().base_o, static_cast<uint64_t>(held[1]) << 32 | (held[0] & ~63U));
    assert_int_equal(bench.dut().units_o, held[2]);
    assert_int_equal(bench.dut().prot_o, held[4]);
}

void a_command_lasts_one_cycle_and_needs_its_byte(void **) {
    regs_bench bench(seed);
    for (int i = 0; i < 30; ++i) {
        bench.write(TSR_REG_CONTROL, bit(TSR_REG_CONTROL_START_BIT));
        assert_true(bench.commands() == (std::array<int, 3>{1, 0, 0}));
        bench.write(TSR_REG_CONTROL,
                    bit(TSR_REG_CONTROL_ABORT_BIT) | bit(TSR_REG_CONTROL_SOFT_RESET_BIT));
        assert_true(bench.commands() == (std::array<int, 3>{0, 1, 1}));
        bench.write(TSR_REG_CONTROL, 7, 14);
        assert_true(bench.commands() == (std::array<int, 3>{0, 0, 0}));
        bench.write(TSR_REG_DESCRIPTOR_COUNT, 7);
        assert_true(bench.commands() == (std::array<int, 3>{0, 0, 0}));
    }
}

void status_and_interrupts_follow_the_run(void **) {
    regs_bench bench(seed);
    Vdut &dut = bench.dut();
    dut.running_i = 1;
    dut.go_i = 1;
    bench.step();
    dut.go_i = 0;
    assert_int_equal(bench.read(TSR_REG_STATUS), bit(TSR_REG_STATUS_RUNNING_BIT));
    dut.done_i = 1;
    bench.step();
    dut.done_i = 0;
    dut.running_i = 0;
    assert_int_equal(bench.read(TSR_REG_STATUS), bit(TSR_REG_STATUS_DONE_BIT));
    assert_int_equal(bench.read(TSR_REG_INTERRUPT_STATUS), bit(TSR_REG_INTERRUPT_STATUS_DONE_BIT));
    assert_false(dut.interrupt_o);  // not enabled
    bench.write(TSR_REG_INTERRUPT_ENABLE, bit(TSR_REG_INTERRUPT_ENABLE_DONE_BIT));
    bench.step();
    assert_true(dut.interrupt_o);
    bench.write(TSR_REG_INTERRUPT_STATUS, bit(TSR_REG_INTERRUPT_STATUS_ERROR_BIT));
    bench.step();
    assert_true(dut.interrupt_o);  // another bit was cleared
    bench.write(TSR_REG_INTERRUPT_STATUS, bit(TSR_REG_INTERRUPT_STATUS_DONE_BIT));
    bench.step();
    assert_false(dut.interrupt_o);
    assert_int_equal(bench.read(TSR_REG_INTERRUPT_STATUS), 0);
    dut.error_code_i = 0x20102;
    dut.error_address_i = 0xab12345678;
    dut.set_error_i = 1;
    bench.step();
    dut.set_error_i = 0;
    dut.error_code_i = 0;
    assert_int_equal(bench.read(TSR_REG_ERROR_CODE), 0x20102);
    assert_int_equal(bench.read(TSR_REG_ERROR_ADDRESS_LO), 0x12345678);
    assert_int_equal(bench.read(TSR_REG_ERROR_ADDRESS_HI), 0xab);
    assert_int_equal(bench.read(TSR_REG_STATUS),
                     bit(TSR_REG_STATUS_DONE_BIT) | bit(TSR_REG_STATUS_ERROR_BIT));
    dut.go_i = 1;  // the next run forgets
    bench.step();
    dut.go_i = 0;
    assert_int_equal(bench.read(TSR_REG_STATUS), 0);
    assert_int_equal(bench.read(TSR_REG_ERROR_CODE), 0);
    bench.write(TSR_REG_DESCRIPTOR_COUNT, 99);
    dut.forget_i = 1;  // a soft reset forgets all
    bench.step();
    dut.forget_i = 0;
    assert_int_equal(bench.read(TSR_REG_DESCRIPTOR_COUNT), 0);
    assert_int_equal(bench.read(TSR_REG_INTERRUPT_ENABLE), 0);
}

void capabilities_and_counters_are_where_the_map_says(void **) {
    regs_bench bench(seed);
    Vdut &dut = bench.dut();
    auto *counters = reinterpret_cast<uint32_t *>(&dut.counters_i);
    for (uint32_t i = 0; i < sizeof dut.counters_i / 4; ++i) {
        counters[i] = 0x1000 + i;
    }
    assert_int_equal(bench.read(TSR_REG_ID), 0x54535231);
    assert_int_equal(bench.read(TSR_REG_VERSION), TSR_UARCH_VERSION);
    assert_int_equal(bench.read(TSR_REG_CAPABILITY_TM), RTL_Tm);
    assert_int_equal(bench.read(TSR_REG_CAPABILITY_WP), RTL_Wp);
    assert_int_equal(bench.read(TSR_REG_CAPABILITY_MAX_OUTSTANDING), RTL_MaxOutstanding);
    assert_int_equal(bench.read(TSR_REG_COUNT_CYCLES_LO), 0x1000);
    assert_int_equal(bench.read(TSR_REG_COUNT_CYCLES_HI), 0x1001);
    assert_int_equal(bench.read(TSR_REG_COUNT_SYNC_LO), 0x1000 + 12);
    assert_int_equal(bench.read(TSR_REG_COUNT_BURSTS_STORE_HI), 0x1000 + 29);
    assert_int_equal(bench.read(TSR_REG_COUNT_BURSTS_STORE_HI + 4), 0);
    assert_int_equal(bench.read(0xffc), 0);
    assert_int_equal(bench.read(0x038), 0);
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_written_register_reads_back_byte_by_byte),
        cmocka_unit_test(a_command_lasts_one_cycle_and_needs_its_byte),
        cmocka_unit_test(status_and_interrupts_follow_the_run),
        cmocka_unit_test(capabilities_and_counters_are_where_the_map_says),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
