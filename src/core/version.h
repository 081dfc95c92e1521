/* version.h: which Skep this is. */
#ifndef CORE_VERSION_H
#define CORE_VERSION_H

#define SKEP_VERSION "0.1.0"

#endif
