// SPDX-License-Identifier: Apache-2.0
// Command FIFO between the fetch unit and one engine: registered on both sides.
#ifndef TESSERA_MACHINE_COMMAND_FIFO_HPP
#define TESSERA_MACHINE_COMMAND_FIFO_HPP

#include <cstdint>
#include <tsr_uarch.h>

#include <systemc>

#include "machine/cycles.hpp"

namespace tsr::hw {

/** The fetch unit's side. */
class command_out_if : virtual public sc_core::sc_interface {
public:
    /** A place that was free at the end of the cycle before `cycle`. */
    virtual bool has_room(uint64_t cycle) const = 0;
    virtual void write(int32_t index, uint64_t cycle) = 0;
    virtual const sc_core::sc_event &room_event() const = 0;
};

/** The engine's side. */
class command_in_if : virtual public sc_core::sc_interface {
public:
    /** Descriptor index at the head that can be seen in `cycle`; -1 when there is none. */
    virtual int32_t head(uint64_t cycle) const = 0;
    virtual void read(uint64_t cycle) = 0;
    virtual const sc_core::sc_event &visible_event() const = 0;
};

/** A word written in cycle w is seen from w + fifo_visible_cycles on, a place freed in cycle r from
 * r + 1 on. */
class command_fifo : public sc_core::sc_object, public command_out_if, public command_in_if {
public:
    explicit command_fifo(const char *name) : sc_object(name) {}

    bool has_room(uint64_t cycle) const override;
    void write(int32_t index, uint64_t cycle) override;

    const sc_core::sc_event &room_event() const override { return room_; }

    int32_t head(uint64_t cycle) const override;
    void read(uint64_t cycle) override;

    const sc_core::sc_event &visible_event() const override { return visible_; }

private:
    static constexpr uint64_t depth = TSR_UARCH_COMMAND_FIFO_DEPTH;

    struct entry {
        int32_t index;
        uint64_t visible;
    };

    entry entries_[depth] = {};
    uint64_t written_ = 0;
    uint64_t read_ = 0;
    uint64_t read_cycle_ = never; /**< of the newest read */
    sc_core::sc_event room_, visible_;
};

}  // namespace tsr::hw

#endif
