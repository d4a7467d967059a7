// SPDX-License-Identifier: Apache-2.0
// The bounded read and write queues: filled from the ports in round-robin order, kept by age and by bank.
#include <assert.h>
#include <stddef.h>

#include "dram/dram_state.h"

static uint64_t field_of(dram_field field, uint64_t access) {
    return (access >> field.shift) & field.mask;
}

/** Appends an entry to the list of its queue and to that of its bank. */
static void append(tsr_dram *dram, uint32_t direction, uint16_t index) {
    dram_queue *queue = &dram->queue[direction];
    dram_entry *entry = &queue->entry[index];
    dram_bank *bank = &dram->bank[entry->bank];
    entry->newer = DRAM_NONE;
    entry->older = queue->newest;
    if (queue->newest != DRAM_NONE) {
        queue->entry[queue->newest].newer = index;
    } else {
        queue->oldest = index;
        queue->bypassed = 0;
    }
    queue->newest = index;
    entry->bank_newer = DRAM_NONE;
    entry->bank_older = bank->newest[direction];
    if (bank->newest[direction] != DRAM_NONE) {
        queue->entry[bank->newest[direction]].bank_newer = index;
    } else {
        bank->oldest[direction] = index;
        queue->active |= UINT64_C(1) << entry->bank;
    }
    bank->newest[direction] = index;
    if (bank->hit[direction] == DRAM_NONE && bank->row == entry->row) {
        bank->hit[direction] = index;
        queue->hit |= UINT64_C(1) << entry->bank;
    }
}

/** True when the bytes of a read are all in one queued write of the same access. */
static bool forwarded(const tsr_dram *dram, const dram_entry *read) {
    const dram_queue *queue = &dram->queue[DRAM_WRITE];
    uint16_t index = dram->bank[read->bank].newest[DRAM_WRITE];
    while (index != DRAM_NONE) {
        const dram_entry *write = &queue->entry[index];
        if (write->access == read->access && write->low_bytes <= read->low_bytes &&
            write->high_bytes >= read->high_bytes) {
            return true;
        }
        index = write->bank_older;
    }
    return false;
}

/** Describes the next access of a port. */
static void describe(const tsr_dram *dram, uint32_t port, const dram_stream *stream,
                     dram_entry *entry) {
    const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
    const uint32_t access_shift = dram->map.access_shift;
    const uint64_t start = stream->next_access << access_shift;
    const uint64_t size = UINT64_C(1) << access_shift;
    const uint64_t burst_end = tsr_dram_burst_end(burst);
    const uint64_t access = stream->next_access & dram->map.capacity_mask;
    entry->access = access;
    entry->row = (int64_t)field_of(dram->map.row, access);
    entry->bank = (uint8_t)((field_of(dram->map.bank, access) << dram->map.group_shift) |
                            field_of(dram->map.group, access));
    entry->port = (uint8_t)port;
    entry->slot = stream->last;
    entry->cls = DRAM_HIT;
    entry->low_bytes = burst->address > start ? (uint32_t)(burst->address - start) : 0;
    entry->high_bytes = (uint32_t)dram_min(size, burst_end - start);
}

/** Hands the next access of a port over to its queue, in DRAM cycle dram->now. */
static void take(tsr_dram *dram, uint32_t direction, uint32_t port) {
    dram_queue *queue = &dram->queue[direction];
    dram_stream *stream = &dram->stream[port][direction];
    const uint16_t index = queue->spare[queue->count];
    dram_entry *entry = &queue->entry[index];
    describe(dram, port, stream, entry);
    const bool last = tsr_dram_stream_take(dram, stream, direction);
    if (stream->cut == stream->end) {
        queue->waiting_ports &= ~(1u << port);
    }
    if (direction == DRAM_READ && dram->queue[DRAM_WRITE].count != 0 && forwarded(dram, entry)) {
        ++dram->stats.forwarded_reads;
        tsr_dram_stream_data(
            dram, port, entry->slot,
            dram_max(1, dram_ceil(&dram->to_accelerator, &dram->now_point, dram->now)) +
                (uint64_t)dram->config.controller_cycles);
        return;
    }
    entry->sequence = dram->sequence++;
    ++queue->count;
    append(dram, direction, index);
    if (direction == DRAM_WRITE && last) {
        const uint64_t last_beat =
            tsr_dram_burst_last_beat(&stream->ring[stream->head & (stream->capacity - 1)]);
        const uint64_t entered = dram_ceil(&dram->to_accelerator, &dram->now_point, dram->now);
        tsr_dram_stream_report(dram, port, DRAM_WRITE, last_beat,
                               entered + (uint64_t)dram->config.controller_cycles);
    }
}

/** Next port in turn with an access that is there; -1 when none. Lowers *later to the earliest other arrival. */
static int32_t next_port(const tsr_dram *dram, uint32_t direction, uint64_t *later) {
    const dram_queue *queue = &dram->queue[direction];
    // Ports from `turn` upwards first, then those below it.
    const uint32_t above = queue->waiting_ports & (~0u << queue->turn);
    uint32_t parts[2] = {above, queue->waiting_ports & ~above};
    for (uint32_t part = 0; part < 2; ++part) {
        for (uint32_t ports = parts[part]; ports != 0; ports &= ports - 1) {
            const int32_t port = __builtin_ctz(ports);
            const dram_stream *stream = &dram->stream[port][direction];
            if (direction == DRAM_READ && stream->last - stream->first == DRAM_REORDER) {
                continue;  // a command will free a place, not time
            }
            if (stream->next_arrival <= dram->now) {
                return port;
            }
            *later = dram_min(*later, stream->next_arrival);
        }
    }
    return -1;
}

static uint64_t fill(tsr_dram *dram, uint32_t direction) {
    dram_queue *queue = &dram->queue[direction];
    uint64_t later = DRAM_NEVER;
    while (queue->waiting_ports != 0 && queue->count < queue->capacity) {
        later = DRAM_NEVER;
        const int32_t port = next_port(dram, direction, &later);
        if (port < 0) {
            return later;
        }
        queue->turn = ((uint32_t)port + 1) % TSR_DRAM_MAX_PORTS;
        take(dram, direction, (uint32_t)port);
    }
    return DRAM_NEVER;
}

uint64_t tsr_dram_queue_fill(tsr_dram *dram) {
    // Writes first: a read that arrives in the same cycle sees them.
    const uint64_t write_later = fill(dram, DRAM_WRITE);
    const uint64_t read_later = fill(dram, DRAM_READ);
    return dram_min(write_later, read_later);
}

/** Takes an entry off the list of its bank and finds the bank's next hit. */
static void remove_from_bank(tsr_dram *dram, uint32_t direction, const dram_entry *entry,
                             uint16_t index) {
    dram_queue *queue = &dram->queue[direction];
    dram_bank *bank = &dram->bank[entry->bank];
    if (bank->hit[direction] == index) {
        uint16_t next = entry->bank_newer;
        while (next != DRAM_NONE && queue->entry[next].row != entry->row) {
            next = queue->entry[next].bank_newer;
        }
        bank->hit[direction] = next;
        if (next == DRAM_NONE) {
            queue->hit &= ~(UINT64_C(1) << entry->bank);
        }
    }
    if (entry->bank_older != DRAM_NONE) {
        queue->entry[entry->bank_older].bank_newer = entry->bank_newer;
    } else {
        bank->oldest[direction] = entry->bank_newer;
    }
    if (entry->bank_newer != DRAM_NONE) {
        queue->entry[entry->bank_newer].bank_older = entry->bank_older;
    } else {
        bank->newest[direction] = entry->bank_older;
    }
    if (bank->oldest[direction] == DRAM_NONE) {
        queue->active &= ~(UINT64_C(1) << entry->bank);
    }
}

void tsr_dram_queue_remove(tsr_dram *dram, uint32_t direction, uint16_t index) {
    dram_queue *queue = &dram->queue[direction];
    const dram_entry *entry = &queue->entry[index];
    remove_from_bank(dram, direction, entry, index);
    if (entry->older != DRAM_NONE) {
        queue->entry[entry->older].newer = entry->newer;
        ++queue->bypassed;
    } else {
        queue->oldest = entry->newer;
        queue->bypassed = 0;
    }
    if (entry->newer != DRAM_NONE) {
        queue->entry[entry->newer].older = entry->older;
    } else {
        queue->newest = entry->older;
    }
    queue->spare[--queue->count] = index;
}

void tsr_dram_queue_opened(tsr_dram *dram, uint32_t bank_index) {
    dram_bank *bank = &dram->bank[bank_index];
    for (uint32_t direction = 0; direction < 2; ++direction) {
        dram_queue *queue = &dram->queue[direction];
        uint16_t index = bank->oldest[direction];
        while (index != DRAM_NONE && queue->entry[index].row != bank->row) {
            index = queue->entry[index].bank_newer;
        }
        bank->hit[direction] = index;
        if (index != DRAM_NONE) {
            queue->hit |= UINT64_C(1) << bank_index;
        }
    }
}

void tsr_dram_queue_closed(tsr_dram *dram, uint32_t bank_index) {
    for (uint32_t direction = 0; direction < 2; ++direction) {
        dram->bank[bank_index].hit[direction] = DRAM_NONE;
        dram->queue[direction].hit &= ~(UINT64_C(1) << bank_index);
    }
}
