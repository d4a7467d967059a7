// SPDX-License-Identifier: Apache-2.0
// Put before a unit bench (-include): its model writes line-coverage counts when it ends.
#ifndef TESSERA_RTL_COVERAGE_COVERAGE_BENCH_HPP
#define TESSERA_RTL_COVERAGE_COVERAGE_BENCH_HPP

#include <string>

#include "Vdut.h"
#include "verilated_cov.h"

class covered_dut : public Vdut {
public:
    using Vdut::Vdut;

    ~covered_dut() {
        static int number = 0;
        const std::string name = TSR_COVERAGE_FILE "-" + std::to_string(number++) + ".dat";
        contextp()->coveragep()->write(name.c_str());
    }
};

// What the bench makes of the model's name from here on.
#define Vdut covered_dut

#endif
