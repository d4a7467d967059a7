# Language levels, warnings and sanitizers: one interface target, linked PRIVATE by every component.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
# Debian's SystemC library is built as C++17 and links with nothing else.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(TSR_CCACHE ccache)
if(TSR_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${TSR_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TSR_CCACHE})
endif()

add_library(tsr_compiler INTERFACE)
target_compile_definitions(tsr_compiler INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(tsr_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wundef -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
  $<$<BOOL:${TSR_WERROR}>:-Werror>)
if(TSR_SANITIZE)
  target_compile_options(tsr_compiler INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(tsr_compiler INTERFACE -fsanitize=address,undefined)
endif()
