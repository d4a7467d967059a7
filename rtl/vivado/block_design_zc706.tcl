# SPDX-License-Identifier: Apache-2.0
#
# A block design for the ZC706 (XC7Z045): the processing system, the machine of configs/arch/zc706.json on its own clock,
# one HP port for each of its four masters, registers on GP0, the interrupt on IRQ_F2P.
#
#   vivado -mode batch -source rtl/vivado/block_design_zc706.tcl -tclargs <folder of the packaged IP> <project folder>
#
# Written from the vendor's manuals and never run here.
if {[llength $argv] != 2} {
  error "arguments: <output folder of package_ip.tcl> <project folder>"
}
set ip   [file normalize [lindex $argv 0]]
set dir  [file normalize [lindex $argv 1]]
set here [file normalize [file dirname [info script]]]

create_project tessera_zc706 $dir -part xc7z045ffg900-2
set_property board_part xilinx.com:zc706:part0:1.4 [current_project]
set_property ip_repo_paths $ip [current_project]
update_ip_catalog
add_files -fileset constrs_1 $here/tessera_clock.xdc

create_bd_design tessera
set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps]
apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \
  -config {make_external "FIXED_IO, DDR" apply_board_preset "1"} $ps
set_property -dict {
  CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ 150
  CONFIG.PCW_USE_M_AXI_GP0 1
  CONFIG.PCW_USE_S_AXI_HP0 1
  CONFIG.PCW_USE_S_AXI_HP1 1
  CONFIG.PCW_USE_S_AXI_HP2 1
  CONFIG.PCW_USE_S_AXI_HP3 1
  CONFIG.PCW_USE_FABRIC_INTERRUPT 1
  CONFIG.PCW_IRQ_F2P_INTR 1
} $ps

# Values of configs/arch/zc706.json; tests/style/check_vivado.sh compares them.
set machine [create_bd_cell -type ip -vlnv tessera:hw:tessera:1.0 machine]
set_property -dict {
  CONFIG.TM 16
  CONFIG.TN 16
  CONFIG.TP 2
  CONFIG.WP 2
  CONFIG.ACTIVATION_BITS 8
  CONFIG.FEATURE_LINES 49152
  CONFIG.FEATURE_SECTORS 16
  CONFIG.WEIGHT_WORDS 1536
  CONFIG.PARAMETER_CHANNELS 1024
  CONFIG.AXI_DATA_BITS 64
  CONFIG.MAX_BURST_BEATS 16
  CONFIG.MAX_OUTSTANDING 8
} $machine

set clock [get_bd_pins ps/FCLK_CLK0]
set reset [create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset reset]
connect_bd_net $clock [get_bd_pins reset/slowest_sync_clk] [get_bd_pins machine/clk] \
  [get_bd_pins ps/M_AXI_GP0_ACLK]
connect_bd_net [get_bd_pins ps/FCLK_RESET0_N] [get_bd_pins reset/ext_reset_in]
connect_bd_net [get_bd_pins reset/peripheral_aresetn] [get_bd_pins machine/rst_n]
connect_bd_net [get_bd_pins machine/interrupt] [get_bd_pins ps/IRQ_F2P]

# The HP ports are AXI3: a SmartConnect on the way makes AXI3 of AXI4. Bursts are of 16 beats at most, none is split.
proc through_smartconnect {name from to} {
  set connect [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect $name]
  set_property -dict {CONFIG.NUM_SI 1 CONFIG.NUM_MI 1} $connect
  connect_bd_net [get_bd_pins ps/FCLK_CLK0] [get_bd_pins $name/aclk]
  connect_bd_net [get_bd_pins reset/peripheral_aresetn] [get_bd_pins $name/aresetn]
  connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $name/S00_AXI]
  connect_bd_intf_net [get_bd_intf_pins $name/M00_AXI] [get_bd_intf_pins $to]
}
through_smartconnect to_registers ps/M_AXI_GP0 machine/s_axi_control
foreach {port number} {m_axi_lf 0 m_axi_lw 1 m_axi_ds 2 m_axi_st 3} {
  connect_bd_net $clock [get_bd_pins ps/S_AXI_HP${number}_ACLK]
  through_smartconnect from_$port machine/$port ps/S_AXI_HP$number
}

assign_bd_address
validate_bd_design
save_bd_design
make_wrapper -files [get_files tessera.bd] -top -import
set_property top tessera_wrapper [current_fileset]
puts "block design: $dir; go on with: launch_runs impl_1 -to_step write_bitstream"
