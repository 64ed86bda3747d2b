#pragma once
// fcgiapp.h alone: fcgi_stdio.h would redefine the standard streams.
#include <fcgiapp.h>
