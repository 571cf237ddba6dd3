#pragma once
#include <gloo/declarations.h>  // which says why
