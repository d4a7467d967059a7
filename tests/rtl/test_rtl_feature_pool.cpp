// SPDX-License-Identifier: Apache-2.0
// tsr_feature_pool: five ports at once, every one on sectors of its own; what is read is what was written last, two
// cycles after it was asked for.
#include <map>

#include "rtl_bench.hpp"

namespace {

using namespace bench;

constexpr uint32_t word_bytes = RTL_Tn * RTL_Aw / 8;
constexpr uint32_t sector_lines = RTL_FeatureLines / RTL_FeatureSectors;

uint32_t line_bits() {
    uint32_t bits = 1;
    while ((1U << bits) < RTL_FeatureLines) {
        ++bits;
    }
    return bits;
}

template <class Port>
void put_line(Port &port, uint32_t bank, uint32_t line) {
    auto *bytes = reinterpret_cast<uint8_t *>(&port);
    for (uint32_t i = 0; i < line_bits(); ++i) {
        const uint32_t at = bank * line_bits() + i;
        const auto mask = static_cast<uint8_t>(1U << (at % 8));
        bytes[at / 8] = static_cast<uint8_t>((line >> i & 1) != 0 ? bytes[at / 8] | mask
                                                                  : bytes[at / 8] & ~mask);
    }
}

class pool_bench {
public:
    explicit pool_bench(uint64_t start)
        : random_(start), memory_(RTL_FeatureLines * RTL_Tp * word_bytes) {
        Vdut &dut = *clock_.dut;
        dut.rst_ni = 0;
        clock_.settle();
        clock_.edge();
        dut.rst_ni = 1;
        for (uint32_t i = 0; i < RTL_FeatureLines * RTL_Tp; ++i) {
            write_load(i / RTL_Tp, i % RTL_Tp);
            clock_.settle();
            clock_.edge();
        }
        dut.lf_en_i = 0;
    }

    /** Sectors are dealt out anew: one for each kind of read, one for each kind of write. */
    void round() {
        uint32_t sector[RTL_FeatureSectors];
        for (uint32_t i = 0; i < RTL_FeatureSectors; ++i) {
            sector[i] = i;
        }
        for (uint32_t i = RTL_FeatureSectors - 1; i > 0; --i) {
            std::swap(sector[i], sector[random_.pick(0, i)]);
        }
        for (int cycle = 0; cycle < 40; ++cycle) {
            step(sector);
        }
    }

private:
    uint32_t line_of(uint32_t sector) {
        return sector * sector_lines + static_cast<uint32_t>(random_.pick(0, sector_lines - 1));
    }

    uint8_t *word(uint32_t line, uint32_t bank) {
        return &memory_[(line * RTL_Tp + bank) * word_bytes];
    }

    void write_load(uint32_t line, uint32_t bank) {
        Vdut &dut = *clock_.dut;
        dut.lf_en_i = 1;
        set_port(dut.lf_line_i, line);
        set_port(dut.lf_bank_i, bank);
        for (uint32_t i = 0; i < word_bytes; ++i) {
            word(line, bank)[i] = static_cast<uint8_t>(random_.next() >> 20);
        }
        std::memcpy(&dut.lf_data_i, word(line, bank), word_bytes);
    }

    /** What the reads of cycle c - 2 must show now. */
    struct due {
        std::vector<uint8_t> in[RTL_Tp], side[RTL_Tp], store;
    };

    template <class Port>
    void expect(const Port &port, uint32_t bank, const std::vector<uint8_t> &value) {
        if (!value.empty()) {
            assert_memory_equal(reinterpret_cast<const uint8_t *>(&port) + bank * word_bytes,
                                value.data(), word_bytes);
        }
    }

    std::vector<uint8_t> content(uint32_t line, uint32_t bank) {
        return std::vector<uint8_t>(word(line, bank), word(line, bank) + word_bytes);
    }

    void step(const uint32_t *sector) {
        Vdut &dut = *clock_.dut;
        due now = {};
        set_port(dut.ci_en_i, random_.pick(0, (1 << RTL_Tp) - 1));
        set_port(dut.cr_en_i, random_.pick(0, (1 << RTL_Tp) - 1));
        set_port(dut.cw_en_i, random_.pick(0, (1 << RTL_Tp) - 1));
        dut.st_en_i = random_.percent(60);
        for (uint32_t bank = 0; bank < RTL_Tp; ++bank) {
            const uint32_t in = line_of(sector[0]);
            const uint32_t side = line_of(sector[1]);
            put_line(dut.ci_line_i, bank, in);
            put_line(dut.cr_line_i, bank, side);
            if ((dut.ci_en_i >> bank & 1) != 0) {
                now.in[bank] = content(in, bank);
            }
            if ((dut.cr_en_i >> bank & 1) != 0) {
                now.side[bank] = content(side, bank);
            }
        }
        const uint32_t line = line_of(sector[2]);
        set_port(dut.st_line_i, line);
        set_port(dut.st_bank_i, random_.pick(0, RTL_Tp - 1));
        if (dut.st_en_i) {
            now.store = content(line, dut.st_bank_i);
        }
        for (uint32_t bank = 0; bank < RTL_Tp; ++bank) {
            const uint32_t written = line_of(sector[3]);
            put_line(dut.cw_line_i, bank, written);
            auto *data = reinterpret_cast<uint8_t *>(&dut.cw_data_i) + bank * word_bytes;
            for (uint32_t i = 0; i < word_bytes; ++i) {
                data[i] = static_cast<uint8_t>(random_.next() >> 20);
            }
            if ((dut.cw_en_i >> bank & 1) != 0) {
                std::memcpy(word(written, bank), data, word_bytes);
            }
        }
        dut.lf_en_i = 0;
        if (random_.percent(70)) {
            write_load(line_of(sector[4]), static_cast<uint32_t>(random_.pick(0, RTL_Tp - 1)));
        }
        flight_.push_back(now);
        clock_.settle();
        if (flight_.size() > 2) {
            const due &shown = flight_.front();
            for (uint32_t bank = 0; bank < RTL_Tp; ++bank) {
                expect(dut.ci_data_o, bank, shown.in[bank]);
                expect(dut.cr_data_o, bank, shown.side[bank]);
            }
            expect(dut.st_data_o, 0, shown.store);
            flight_.pop_front();
        }
        clock_.edge();
    }

    clocked clock_;
    random_source random_;
    std::vector<uint8_t> memory_;
    std::deque<due> flight_;
};

void every_port_reads_what_was_written_last(void **state) {
    (void)state;
    pool_bench pool(seed);
    for (int round = 0; round < 300; ++round) {
        pool.round();
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_port_reads_what_was_written_last),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
