# SPDX-License-Identifier: Apache-2.0
#
# Packages the machine as an IP: tsr_top_wrapper.v (Verilog-2005, interface attributes) over the modules of rtl/.
#
#   vivado -mode batch -source rtl/vivado/package_ip.tcl -tclargs <folder of tsr_uarch.vh> <output folder> [part]
#
# Written from the vendor's manuals (UG1118, UG994, UG901) and never run here: there is no Vivado where this is built.
if {[llength $argv] < 2} {
  error "arguments: <folder of tsr_uarch.vh, e.g. build/release/generated> <output folder> \[part\]"
}
set generated [file normalize [lindex $argv 0]]
set out       [file normalize [lindex $argv 1]]
set part      [expr {[llength $argv] > 2 ? [lindex $argv 2] : "xc7z045ffg900-2"}]
set rtl       [file normalize [file join [file dirname [info script]] ..]]

# Every module of rtl/, one a file; tests/style/check_vivado.sh compares this list with the folder.
set modules {
  tsr_adder_tree.sv
  tsr_array.sv
  tsr_axi_read.sv
  tsr_axi_write.sv
  tsr_axil_regs.sv
  tsr_beat_interval.sv
  tsr_burst_walk.sv
  tsr_column.sv
  tsr_compute.sv
  tsr_control.sv
  tsr_core.sv
  tsr_crossbar.sv
  tsr_delay.sv
  tsr_delay_reset.sv
  tsr_divide_constant.sv
  tsr_dma_geometry.sv
  tsr_dot.sv
  tsr_drain.sv
  tsr_drain_address.sv
  tsr_drain_sequencer.sv
  tsr_engine_control.sv
  tsr_event_tap.sv
  tsr_feature_pool.sv
  tsr_fetch.sv
  tsr_fifo.sv
  tsr_group_line.sv
  tsr_input_address.sv
  tsr_lane_banks.sv
  tsr_load_feature.sv
  tsr_load_weight.sv
  tsr_map_walk.sv
  tsr_multiplier.sv
  tsr_out_step.sv
  tsr_output_write.sv
  tsr_pad.sv
  tsr_parameter_buffer.sv
  tsr_pass_decode.sv
  tsr_pe.sv
  tsr_perf.sv
  tsr_pixel_pack.sv
  tsr_pool2x2.sv
  tsr_post_lane.sv
  tsr_post_processor.sv
  tsr_ram.sv
  tsr_requantizer.sv
  tsr_residual_read.sv
  tsr_ring_row.sv
  tsr_run_control.sv
  tsr_store.sv
  tsr_store_pack.sv
  tsr_store_words.sv
  tsr_tile_counter.sv
  tsr_tile_sequencer.sv
  tsr_tokens.sv
  tsr_top.sv
  tsr_weight_buffer.sv
  tsr_weight_pack.sv
  tsr_weight_read.sv
  tsr_weight_spread.sv
  tsr_word_cut.sv
}

# Sources are copied, so that the IP is whole without this tree.
file mkdir $out/src
foreach name [concat $modules {tsr_top_wrapper.v tsr_assert.svh}] {
  file copy -force $rtl/$name $out/src/$name
}
file copy -force $generated/tsr_uarch.vh $out/src/tsr_uarch.vh

create_project -in_memory -part $part
foreach name $modules {
  read_verilog -sv $out/src/$name
}
read_verilog $out/src/tsr_top_wrapper.v
add_files -norecurse [list $out/src/tsr_assert.svh $out/src/tsr_uarch.vh]
set_property file_type {Verilog Header} [get_files {tsr_assert.svh tsr_uarch.vh}]
set_property include_dirs $out/src [current_fileset]
set_property top tsr_top_wrapper [current_fileset]
update_compile_order -fileset sources_1

ipx::package_project -root_dir $out -vendor tessera -library hw -taxonomy /Accelerators -import_files -force
set core [ipx::current_core]
set_property name         tessera $core
set_property display_name {Tessera block-convolution accelerator} $core
set_property description  {CNN accelerator of the Tessera simulator; registers: sim/arch/uarch.json} $core
set_property version      1.0 $core
set_property supported_families {zynq Beta zynquplus Beta} $core

# Interfaces come from the X_INTERFACE attributes; what is missing is an error now, not in somebody's block design.
foreach name {clk rst_n interrupt s_axi_control m_axi_lf m_axi_lw m_axi_ds m_axi_st} {
  if {[ipx::get_bus_interfaces $name -of_objects $core] eq ""} {
    error "package_ip.tcl: interface $name was not inferred"
  }
}

# Registers: 4 KiB.
set map [ipx::add_memory_map s_axi_control $core]
set_property slave_memory_map_ref s_axi_control [ipx::get_bus_interfaces s_axi_control -of_objects $core]
set block [ipx::add_address_block registers $map]
set_property range 4096 $block
set_property width 32 $block
set_property usage register $block
foreach port {m_axi_lf m_axi_lw m_axi_ds m_axi_st} {
  set space [ipx::add_address_space $port $core]
  set_property range 1T $space
  set_property width 64 $space
  set_property master_address_space_ref $port [ipx::get_bus_interfaces $port -of_objects $core]
}

# What the modules refuse at elaboration is refused in the dialog too.
foreach {name values} {
  ACTIVATION_BITS {8 16}
  AXI_DATA_BITS   {32 64 128 256 512}
} {
  set parameter [ipx::get_user_parameters $name -of_objects $core]
  set_property value_validation_type list $parameter
  set_property value_validation_list $values $parameter
}
foreach {name low high} {
  TM              1 1024
  TN              1 256
  TP              1 16
  WP              1 16
  MAX_BURST_BEATS 1 256
  MAX_OUTSTANDING 1 64
} {
  set parameter [ipx::get_user_parameters $name -of_objects $core]
  set_property value_validation_type range_long $parameter
  set_property value_validation_range_minimum $low $parameter
  set_property value_validation_range_maximum $high $parameter
}

ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
close_project
puts "packaged: $out/component.xml"
