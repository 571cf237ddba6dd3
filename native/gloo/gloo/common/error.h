// In place of a header of gloo's; declarations.h says why.
#pragma once
#include <gloo/declarations.h>
