/* letters.c: see letters.h. */
#include "text/letters.h"

#include <stddef.h>

/* Stretches in which capitals stand `by` before their small letters; by 1 they alternate, the
 * capital first. */
static const struct {
    uint16_t first, last, by;
} stretches[] = {
    {0x41, 0x5A, 32},    {0xC0, 0xD6, 32},   {0xD8, 0xDE, 32},   {0x100, 0x12F, 1},
    {0x132, 0x137, 1},   {0x139, 0x148, 1},  {0x14A, 0x177, 1},  {0x179, 0x17E, 1},
    {0x386, 0x386, 38},  {0x388, 0x38A, 37}, {0x38C, 0x38C, 64}, {0x38E, 0x38F, 63},
    {0x391, 0x3A1, 32},  {0x3A3, 0x3AB, 32}, {0x400, 0x40F, 80}, {0x410, 0x42F, 32},
    {0x460, 0x481, 1},   {0x48A, 0x4BF, 1},  {0x4D0, 0x52F, 1},  {0x1E00, 0x1E95, 1},
    {0x1EA0, 0x1EFF, 1},
};

enum { STRETCHES = sizeof stretches / sizeof *stretches };

uint32_t letter_lower(uint32_t cp)
{
    if (cp == 0x178)
        return 0xFF;
    for (size_t i = 0; i < STRETCHES && cp >= stretches[i].first; i++)
        if (cp <= stretches[i].last)
            return stretches[i].by > 1 ? cp + stretches[i].by
                                       : cp + ((cp - stretches[i].first) % 2 == 0);
    return cp;
}

uint32_t letter_upper(uint32_t cp)
{
    if (cp == 0xFF)
        return 0x178;
    if (cp == 0x3C2) /* the sigma that ends words */
        return 0x3A3;
    for (size_t i = 0; i < STRETCHES; i++) {
        uint32_t by = stretches[i].by;
        if (by > 1 && cp >= stretches[i].first + by && cp <= stretches[i].last + by)
            return cp - by;
        if (by == 1 && cp >= stretches[i].first && cp <= stretches[i].last)
            return cp - (cp - stretches[i].first) % 2;
    }
    return cp;
}
