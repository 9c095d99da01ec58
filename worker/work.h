#ifndef WORK_H
#define WORK_H

#include "pool.h"

#include "worker/engine/engine.h"

/* The work of a pool whose threads share this engine, which must outlive it. */
struct work work_engine(struct engine *e);

#endif
