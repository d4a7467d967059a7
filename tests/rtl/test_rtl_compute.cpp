// SPDX-License-Identifier: Apache-2.0
// tsr_compute against the interpreter, word for word over the whole feature pool, and against the pass law, cycle for
// cycle: random conv and pool descriptors, sums over several descriptors, resets.
#include "compute_rig.hpp"

namespace {

using namespace bench;

/** What the passes of a run have covered. */
struct coverage {
    int32_t conv, pool, shorter, equal, longer, narrow, residual, fused, chunks;
    int32_t mode_on_side[4][3], rounding[TSR_ROUNDING_COUNT];
    int32_t form[TSR_WEIGHTS_COUNT], grouped, stepped, around[4], at_once;
};

coverage seen;

/** A datapath, filled at random, and the RTL on a copy of its pool. */
class bench_pair {
public:
    explicit bench_pair(uint64_t start) : random(start), arch(made_arch()), source(random, arch) {
        tsr_error err = {};
        assert_ok(tsr_datapath_create(&arch, &datapath_, &err), err);
        fill();
        rig = std::make_unique<compute_rig>(*datapath_);
    }

    ~bench_pair() { tsr_datapath_destroy(datapath_); }

    bench_pair(const bench_pair &) = delete;
    bench_pair &operator=(const bench_pair &) = delete;

    /** New content everywhere; scales so that most results are neither 0 nor saturated. */
    void fill() {
        for (uint64_t i = 0; i < datapath_->feature_bytes; ++i) {
            datapath_->feature[i] = static_cast<uint8_t>(random.pick(0, 255));
        }
        const bool tiny = random.percent(30);  // ties everywhere
        for (int64_t i = 0; i < arch.weight_buffer_bytes; ++i) {
            datapath_->weight[i] = static_cast<uint8_t>(tiny && RTL_Aw == 8 ? random.pick(-1, 1)
                                                                            : random.pick(0, 255));
        }
        for (int32_t channel = 0; channel < arch.parameter_channels; ++channel) {
            uint8_t *record =
                datapath_->parameter + static_cast<int64_t>(channel) * TSR_PARAMETER_RECORD_BYTES;
            const bool wild = random.percent(10);
            const int64_t bias = random.pick(tiny ? -3 : -100000, tiny ? 3 : 100000);
            const int32_t multiplier =
                static_cast<int32_t>(tiny   ? int64_t{1} << 30
                                     : wild ? random.pick(INT32_MIN, INT32_MAX)
                                            : random.pick(int64_t{1} << 30, INT32_MAX));
            std::memcpy(record, &bias, sizeof bias);
            std::memcpy(record + 8, &multiplier, sizeof multiplier);
            const int64_t usual = RTL_Aw == 8 ? 36 : 46;
            record[12] = static_cast<uint8_t>(tiny   ? random.pick(30, 34)
                                              : wild ? random.pick(1, 62)
                                                     : random.pick(usual, usual + 6));
        }
        if (rig) {
            rig->take_over();
        }
    }

    /** Both machines; the law; every word of the pool. */
    void run(const tsr_desc &desc) {
        const tsr_pass_law law = law_of(desc);
        tsr_error err = {};
        rig->run(desc, law);
        assert_ok(tsr_datapath_execute(datapath_, &desc, nullptr, UINT64_MAX >> 1, &err), err);
        compare(desc);
        count(desc, law);
        for (int64_t idle = random.percent(50) ? 0 : random.pick(1, 30); idle > 0; --idle) {
            rig->cycle();
        }
    }

    random_source random;
    tsr_arch arch;
    scenario_source source;
    std::unique_ptr<compute_rig> rig;

private:
    static bool is_narrow(const tsr_desc &desc) {
        if (RTL_Wp == 1) {
            return false;
        }
        if (desc.header.opcode == TSR_OP_POOL) {
            return desc.u.pool.out_bank_stride != 1;
        }
        const tsr_desc_conv &c = desc.u.conv;
        return c.out_bank_stride != 1 || c.out_step_w > 1 ||
               (c.residual != 0 && c.residual_bank_stride != 1);
    }

    /**
     * The pass law. Where neighbouring pixels of the output or residual share a bank (bank stride or step above 1) the
     * drain takes one pixel a cycle: D = (tm/tn) * tp instead of (tm/tn) * ceil(tp/wp).
     */
    tsr_pass_law law_of(const tsr_desc &desc) const {
        tsr_pass_law law = tsr_desc_pass_law(&arch, &desc);
        const bool drains = desc.header.opcode == TSR_OP_POOL || desc.u.conv.accumulate_last != 0;
        if (is_narrow(desc) && drains) {
            law.d = static_cast<uint64_t>(
                desc.header.opcode == TSR_OP_POOL ? arch.tp : arch.tm / arch.tn * arch.tp);
            law.cycles =
                (law.n - 1) * (law.l > law.d ? law.l : law.d) + law.l + law.d + law.f + law.e;
        }
        return law;
    }

    void compare(const tsr_desc &desc) const {
        for (uint64_t i = 0; i < datapath_->feature_bytes; ++i) {
            if (rig->feature[i] != datapath_->feature[i]) {
                const uint64_t word = i / word_bytes;
                fail_msg(
                    "opcode %d, pass %d: line %d, bank %d, byte %d is 0x%02x, the interpreter says "
                    "0x%02x",
                    static_cast<int>(desc.header.opcode), seen.conv + seen.pool,
                    static_cast<int>(word / RTL_Tp), static_cast<int>(word % RTL_Tp),
                    static_cast<int>(i % word_bytes), rig->feature[i], datapath_->feature[i]);
            }
        }
    }

    /** One operand a group, a group a cycle, each from planes of its own. */
    static bool hastens(const tsr_desc &desc, const tsr_pass_law &law) {
        const bool pool = desc.header.opcode == TSR_OP_POOL;
        const int64_t groups = pool ? desc.u.pool.planes : desc.u.conv.m_groups;
        return law.l == 1 && law.d <= 1 && groups > 1 && law.n == static_cast<uint64_t>(groups) &&
               (pool || desc.u.conv.group_planes != 0);
    }

    static void count(const tsr_desc &desc, const tsr_pass_law &law) {
        seen.shorter += law.l < law.d;
        seen.equal += law.l == law.d;
        seen.longer += law.l > law.d;
        seen.narrow += is_narrow(desc);
        seen.at_once += hastens(desc, law);
        if (desc.header.opcode == TSR_OP_POOL) {
            const tsr_desc_pool &p = desc.u.pool;
            ++seen.pool;
            seen.around[3] += p.in_wrap != 0 && p.in_y0 + p.in_h > p.in_wrap;
            return;
        }
        const tsr_desc_conv &c = desc.u.conv;
        const tsr_axis y = tsr_desc_axis_y(&desc);
        const tsr_axis x = tsr_desc_axis_x(&desc);
        ++seen.conv;
        seen.residual += c.residual != 0;
        seen.fused += c.max_pool_2x2 != 0;
        ++seen.form[c.weight_form];
        seen.grouped += c.group_planes != 0 && c.m_groups > 1;
        seen.stepped += c.out_step_w > 1 || c.out_step_h > 1;
        seen.around[0] += c.in_wrap != 0 && c.in_y0 + c.in_h > c.in_wrap;
        seen.around[1] += c.out_wrap != 0 && c.out_y0 + c.out_h > c.out_wrap && c.out_step_h < 2 &&
                          c.max_pool_2x2 == 0;
        seen.around[2] += c.residual_wrap != 0 && c.residual_y0 + c.out_h > c.residual_wrap;
        ++seen.rounding[c.rounding];
        seen.mode_on_side[0][c.pad_mode_top] += c.pad_top > 0;
        seen.mode_on_side[1][c.pad_mode_left] += c.pad_left > 0;
        seen.mode_on_side[2][c.pad_mode_bottom] +=
            (y.out - 1) * y.stride + (y.kernel - 1) * y.dilation - y.pad >= y.extent;
        seen.mode_on_side[3][c.pad_mode_right] +=
            (x.out - 1) * x.stride + (x.kernel - 1) * x.dilation - x.pad >= x.extent;
    }

    tsr_datapath *datapath_ = nullptr;
};

void every_pass_leaves_the_pool_as_the_interpreter_does_and_ends_by_the_law(void **state) {
    (void)state;
    bench_pair pair(seed);
    seen = {};
    for (int32_t round = 0; round < 600; ++round) {
        if (round % 8 == 0) {
            pair.fill();
        }
        pair.run(pair.random.percent(25) ? pair.source.pool() : pair.source.conv());
    }
    assert_true(seen.pool > 50 && seen.residual > 50 && seen.fused > 30);
    assert_true(seen.longer > 50);
    assert_true(RTL_Tm / RTL_Tn * RTL_Tp / RTL_Wp < 2 || (seen.shorter > 10 && seen.equal > 5));
    assert_true(RTL_Wp == 1 || seen.narrow > 50);
    assert_true(seen.form[TSR_WEIGHTS_DIAGONAL] > 50 && seen.form[TSR_WEIGHTS_ONES] > 50);
    assert_true(seen.grouped > 50 && seen.stepped > 30);
    assert_true(RTL_Tp > RTL_Wp || seen.at_once > 0);
    for (const int32_t passes : seen.around) {
        assert_true(passes > 4);
    }
    for (int32_t i = 0; i < 12; ++i) {
        assert_true(seen.mode_on_side[i / 3][i % 3] > 5);
    }
    for (int32_t rule = 0; rule < TSR_ROUNDING_COUNT; ++rule) {
        assert_true(seen.rounding[rule] > 20);
    }
}

void a_sum_over_several_descriptors_is_kept_between_them(void **state) {
    (void)state;
    bench_pair pair(seed + 1);
    for (int32_t round = 0; round < 60; ++round) {
        tsr_desc desc = pair.source.one_tile();
        const int64_t chunks = pair.random.pick(2, 4);
        if (round % 8 == 0) {
            pair.fill();
        }
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
            desc.u.conv.accumulate_first = chunk == 0;
            desc.u.conv.accumulate_last = chunk + 1 == chunks;
            desc.u.conv.weight_base = pair.random.pick(0, 40);
            pair.run(desc);
            if (pair.random.percent(30) && chunk + 1 < chunks) {
                pair.run(pair.source.pool());  // another pass in between leaves the sums alone
            }
        }
    }
}

void a_reset_in_the_middle_leaves_nothing_behind(void **state) {
    (void)state;
    bench_pair pair(seed + 2);
    for (int32_t round = 0; round < 60; ++round) {
        const tsr_desc broken = pair.random.percent(30) ? pair.source.pool() : pair.source.conv();
        pair.rig->break_off(broken, static_cast<uint64_t>(pair.random.pick(1, 200)));
        pair.fill();
        pair.run(pair.source.conv());
    }
}

}  // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pass_leaves_the_pool_as_the_interpreter_does_and_ends_by_the_law),
        cmocka_unit_test(a_sum_over_several_descriptors_is_kept_between_them),
        cmocka_unit_test(a_reset_in_the_middle_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
