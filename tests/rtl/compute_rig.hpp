// SPDX-License-Identifier: Apache-2.0
// tsr_compute with memories around it that answer as tsr_ram does, and that watch the rules of their ports.
#ifndef TESSERA_TESTS_RTL_COMPUTE_RIG_HPP
#define TESSERA_TESTS_RTL_COMPUTE_RIG_HPP

#include "compute_scenario.hpp"

namespace bench {

constexpr uint32_t word_bytes = RTL_Tn * RTL_Aw / 8;
constexpr uint32_t weight_word_bytes = RTL_Tm * word_bytes;
constexpr uint32_t acc_bits = RTL_Aw == 8 ? 32 : 48;

constexpr uint32_t bits_for(uint32_t count) {
    uint32_t bits = 1;
    while ((uint64_t{1} << bits) < count) {
        ++bits;
    }
    return bits;
}

constexpr uint32_t line_bits = bits_for(RTL_FeatureLines);

/** Bits [lsb, lsb + width) of a port, however wide. */
template <class Port>
uint64_t get_bits(const Port &port, uint32_t lsb, uint32_t width) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(&port);
    uint64_t value = 0;
    for (uint32_t i = 0; i < width; ++i) {
        value |= static_cast<uint64_t>(bytes[(lsb + i) / 8] >> ((lsb + i) % 8) & 1) << i;
    }
    return value;
}

template <class Port>
void put_bits(Port &port, uint32_t lsb, uint32_t width, uint64_t value) {
    auto *bytes = reinterpret_cast<uint8_t *>(&port);
    for (uint32_t i = 0; i < width; ++i) {
        const auto mask = static_cast<uint8_t>(1U << ((lsb + i) % 8));
        uint8_t &byte = bytes[(lsb + i) / 8];
        byte = static_cast<uint8_t>((value >> i & 1) != 0 ? byte | mask : byte & ~mask);
    }
}

/** A read port: the word of cycle c is on the output in c + 2. */
class read_port {
public:
    void ask(const uint8_t *word, size_t bytes) {
        output_ = array_;
        if (word != nullptr) {
            array_.assign(word, word + bytes);
        }
    }

    template <class Port>
    void show(Port &port, size_t offset) const {
        if (!output_.empty()) {
            std::memcpy(reinterpret_cast<uint8_t *>(&port) + offset, output_.data(),
                        output_.size());
        }
    }

private:
    std::vector<uint8_t> array_, output_;
};

class compute_rig {
public:
    explicit compute_rig(tsr_datapath &datapath)
        : datapath_(datapath),
          feature(datapath.feature, datapath.feature + datapath.feature_bytes) {
        reset();
    }

    void reset() {
        clock.dut->rst_ni = 0;
        clock.dut->start_i = 0;
        cycle();
        clock.dut->rst_ni = 1;
        cycle();
    }

    /** What the interpreter's pool holds. */
    void take_over() {
        feature.assign(datapath_.feature, datapath_.feature + datapath_.feature_bytes);
    }

    /** Starts in this cycle; `law` says when it must be over. Returns with the done cycle behind it. */
    void run(const tsr_desc &desc, const tsr_pass_law &law) {
        const uint64_t period = law.l > law.d ? law.l : law.d;
        begin(desc);
        for (uint64_t t = 0; t <= law.cycles; ++t) {
            clock.dut->start_i = t == 0;
            const bool issues = t / period < law.n && t % period < law.l;
            settle();
            if (clock.dut->issue_o != issues) {
                fail_msg("cycle %llu of the pass: issue_o is %d",
                         static_cast<unsigned long long>(t), clock.dut->issue_o);
            }
            if (clock.dut->done_o != (t == law.cycles)) {
                fail_msg("cycle %llu of %llu: done_o is %d", static_cast<unsigned long long>(t),
                         static_cast<unsigned long long>(law.cycles), clock.dut->done_o);
            }
            if (t == law.cycles) {
                assert_int_equal(clock.dut->cw_en_o, 0);
            }
            finish_cycle();
        }
        clock.dut->start_i = 0;
    }

    /** Starts and breaks off by a reset after `cycles`. */
    void break_off(const tsr_desc &desc, uint64_t cycles) {
        begin(desc);
        for (uint64_t t = 0; t < cycles; ++t) {
            clock.dut->start_i = t == 0;
            cycle();
        }
        reset();
    }

    void cycle() {
        settle();
        finish_cycle();
    }

    clocked clock;

private:
    void begin(const tsr_desc &desc) {
        uint8_t bytes[128] = {0};
        tsr_error err = {};
        assert_ok(tsr_desc_encode(&desc, bytes, &err), err);
        std::memcpy(&clock.dut->desc_i, bytes, sizeof bytes);
    }

    void settle() { clock.settle(); }

    uint8_t *word(uint64_t line, uint32_t bank) {
        assert_true(line < RTL_FeatureLines);
        return &feature[(line * RTL_Tp + bank) * word_bytes];
    }

    static uint64_t sector(uint64_t line) { return line / (RTL_FeatureLines / feature_sectors); }

    void feature_reads(Vdut &dut) {
        for (uint32_t bank = 0; bank < RTL_Tp; ++bank) {
            const bool in = (dut.ci_en_o >> bank & 1) != 0;
            const bool side = (dut.cr_en_o >> bank & 1) != 0;
            const uint64_t in_line = get_bits(dut.ci_line_o, bank * line_bits, line_bits);
            const uint64_t side_line = get_bits(dut.cr_line_o, bank * line_bits, line_bits);
            assert_false(in && side && sector(in_line) == sector(side_line));
            input_[bank].ask(in ? word(in_line, bank) : nullptr, word_bytes);
            residual_[bank].ask(side ? word(side_line, bank) : nullptr, word_bytes);
        }
    }

    void feature_writes(Vdut &dut) {
        for (uint32_t bank = 0; bank < RTL_Tp; ++bank) {
            if ((dut.cw_en_o >> bank & 1) != 0) {
                const uint64_t line = get_bits(dut.cw_line_o, bank * line_bits, line_bits);
                const auto *data =
                    reinterpret_cast<const uint8_t *>(&dut.cw_data_o) + bank * word_bytes;
                std::memcpy(word(line, bank), data, word_bytes);
            }
        }
    }

    void other_reads(Vdut &dut) {
        assert_true(!dut.wb_en_o || dut.wb_addr_o < RTL_WeightWords);
        weight_.ask(
            dut.wb_en_o ? datapath_.weight + uint64_t{dut.wb_addr_o} * weight_word_bytes : nullptr,
            weight_word_bytes);
        assert_true(!dut.pb_en_o || dut.pb_addr_o < RTL_ParameterChannels / RTL_Tn);
        parameter_.ask(dut.pb_en_o ? datapath_.parameter + uint64_t{dut.pb_addr_o} * RTL_Tn *
                                                               TSR_PARAMETER_RECORD_BYTES
                                   : nullptr,
                       RTL_Tn * TSR_PARAMETER_RECORD_BYTES);
    }

    void show_parameters(Vdut &dut) {
        std::vector<uint8_t> records(RTL_Tn * TSR_PARAMETER_RECORD_BYTES);
        parameter_.show(records[0], 0);
        for (uint32_t n = 0; n < RTL_Tn; ++n) {
            const uint8_t *record = &records[n * TSR_PARAMETER_RECORD_BYTES];
            uint64_t bias = 0;
            uint32_t multiplier = 0;
            std::memcpy(&bias, record, sizeof bias);
            std::memcpy(&multiplier, record + 8, sizeof multiplier);
            put_bits(dut.pb_bias_i, n * acc_bits, acc_bits, bias);
            put_bits(dut.pb_multiplier_i, n * 32, 32, multiplier);
            put_bits(dut.pb_shift_i, n * 6, 6, record[12]);
        }
    }

    void finish_cycle() {
        Vdut &dut = *clock.dut;
        feature_reads(dut);
        other_reads(dut);
        feature_writes(dut);
        clock.edge();
        for (uint32_t bank = 0; bank < RTL_Tp; ++bank) {
            input_[bank].show(dut.ci_data_i, bank * word_bytes);
            residual_[bank].show(dut.cr_data_i, bank * word_bytes);
        }
        weight_.show(dut.wb_data_i, 0);
        show_parameters(dut);
    }

    tsr_datapath &datapath_;
    read_port input_[RTL_Tp], residual_[RTL_Tp], weight_, parameter_;

public:
    std::vector<uint8_t> feature; /**< [line][bank][tn] as the interpreter's */
};

}  // namespace bench

#endif
