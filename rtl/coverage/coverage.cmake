# Functional coverage as a test: a fixed campaign that must hit every planned bin. Line coverage as a target (minutes):
# cmake --build build/release --target rtl_coverage.
if(TARGET rtl_cache AND TARGET tessera)
  add_test(NAME validate/functional_coverage
    COMMAND ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MAKELEVEL $<TARGET_FILE:tessera> validate --seed 11 --cases 150
            --shapes m8n4p2,m4n4p3w2h,m6n2p4w4,m2n1p1h,m8n8p4w3 --directed --coverage-gate
            --coverage ${CMAKE_BINARY_DIR}/functional_coverage.json --rtl-cache ${CMAKE_BINARY_DIR}/rtl_cache --quiet)
  set_tests_properties(validate/functional_coverage PROPERTIES LABELS rtl TIMEOUT 900
    ENVIRONMENT "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1;ASAN_OPTIONS=detect_stack_use_after_return=0")
  add_custom_target(rtl_coverage
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/line_coverage.sh $<TARGET_FILE:tessera> ${CMAKE_BINARY_DIR}/generated
            ${CMAKE_BINARY_DIR}/line_coverage
    DEPENDS tessera uarch_verilog tsr_interpreter tsr_counters USES_TERMINAL)
endif()
