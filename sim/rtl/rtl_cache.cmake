# The RTL libraries that tests use, verilated once into <build>/rtl_cache by the program itself; and the soak, which
# no test runs: cmake --build build/release --target soak.
find_program(TSR_VERILATOR verilator)
set(TSR_RTL_CACHE ${CMAKE_BINARY_DIR}/rtl_cache)
set(TSR_RTL_TEST_SHAPES m8n4p2,m4n4p3w2h,m6n2p4w4 CACHE STRING "Machines of the random cases in the tests")
set(TSR_SOAK_SEED 90000 CACHE STRING "Seed of the soak")
if(TSR_VERILATOR)
  file(GLOB rtl_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/*.sv ${PROJECT_SOURCE_DIR}/rtl/*.svh
       ${PROJECT_SOURCE_DIR}/sim/rtl/shim/*)
  set(validate ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MAKELEVEL $<TARGET_FILE:tessera> validate)
  add_custom_command(OUTPUT ${TSR_RTL_CACHE}/built
    COMMAND ${validate} --build-only --shapes ${TSR_RTL_TEST_SHAPES} --rtl-cache ${TSR_RTL_CACHE}
    COMMAND ${validate} ${PROJECT_SOURCE_DIR}/configs/run/tiny.json --build-only --rtl-cache ${TSR_RTL_CACHE}
    COMMAND ${validate} ${PROJECT_SOURCE_DIR}/configs/run/vgg16_zc706.json --build-only --rtl-cache ${TSR_RTL_CACHE}
    COMMAND ${CMAKE_COMMAND} -E touch ${TSR_RTL_CACHE}/built
    DEPENDS tessera ${rtl_sources} ${CMAKE_BINARY_DIR}/generated/tsr_uarch.vh
    COMMENT "Verilating the machines of the tests" VERBATIM)
  add_custom_target(rtl_cache ALL DEPENDS ${TSR_RTL_CACHE}/built)
  add_dependencies(rtl_cache uarch_verilog)
  add_custom_target(soak
    COMMAND ${validate} --seed ${TSR_SOAK_SEED} --cases 5000 --rtl-cache ${TSR_RTL_CACHE}
            --out ${CMAKE_BINARY_DIR}/soak --quiet
    DEPENDS tessera uarch_verilog USES_TERMINAL)
endif()
