# SPDX-License-Identifier: Apache-2.0
# For the machine by itself (out of context): 150 MHz, as configs/arch/zc706.json. In a block design the clock's own
# constraint wins. Pins are the board's business.
create_clock -name clk -period 6.667 [get_ports -quiet clk]
