// SPDX-License-Identifier: Apache-2.0
// tsr_parameter_buffer: records in, some at once, the parameters of Tn channels out, two cycles
// after they are asked for.
#include "rtl_bench.hpp"

#ifndef RTL_Records
#define RTL_Records 1
#endif

namespace {

using namespace bench;

constexpr uint32_t words = RTL_ParameterChannels / RTL_Tn;

struct record {
    uint64_t bias;
    uint32_t multiplier;
    uint8_t shift;
};

template <class Port>
uint64_t bits(const Port &port, uint32_t lsb, uint32_t width) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(&port);
    uint64_t value = 0;
    for (uint32_t i = 0; i < width; ++i) {
        value |= static_cast<uint64_t>(bytes[(lsb + i) / 8] >> ((lsb + i) % 8) & 1) << i;
    }
    return value;
}

void check_word(const Vdut &dut, const record *records) {
    for (uint32_t n = 0; n < RTL_Tn; ++n) {
        assert_int_equal(bits(dut.rd_bias_o, n * RTL_AccW, RTL_AccW),
                         records[n].bias & (~uint64_t{0} >> (64 - RTL_AccW)));
        assert_int_equal(bits(dut.rd_multiplier_o, n * 32, 32), records[n].multiplier);
        assert_int_equal(bits(dut.rd_shift_o, n * 6, 6), records[n].shift);
    }
}

void records_come_back_by_words_of_tn_channels(void **state) {
    (void)state;
    clocked clock;
    random_source random(seed);
    Vdut &dut = *clock.dut;
    std::vector<record> records(RTL_ParameterChannels);
    for (int round = 0; round < 50; ++round) {
        for (uint32_t channel = 0; channel < RTL_ParameterChannels; ++channel) {
            records[channel] = {random.next(), static_cast<uint32_t>(random.next()),
                                static_cast<uint8_t>(random.pick(1, 62))};
            uint8_t bytes[16] = {0};
            std::memcpy(bytes, &records[channel].bias, 8);
            std::memcpy(bytes + 8, &records[channel].multiplier, 4);
            bytes[12] = records[channel].shift;
            const uint32_t place = channel % RTL_Records;
            std::memcpy(reinterpret_cast<uint8_t *>(&dut.lp_data_i) + place * sizeof bytes, bytes,
                        sizeof bytes);
            dut.lp_en_i = place == RTL_Records - 1;
            set_port(dut.lp_channel_i, channel - place);
            clock.settle();
            clock.edge();
        }
        dut.lp_en_i = 0;
        std::deque<uint32_t> flight;
        for (int i = 0; i < 50; ++i) {
            flight.push_back(static_cast<uint32_t>(random.pick(0, words - 1)));
            dut.rd_en_i = 1;
            set_port(dut.rd_addr_i, flight.back());
            clock.settle();
            if (flight.size() > 2) {
                check_word(dut, &records[flight.front() * RTL_Tn]);
                flight.pop_front();
            }
            clock.edge();
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_by_words_of_tn_channels),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
