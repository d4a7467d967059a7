// SPDX-License-Identifier: Apache-2.0
// The networks that are shipped, and a small picture size that each of them takes.
#ifndef TESSERA_TESTS_SUPPORT_SHIPPED_H
#define TESSERA_TESTS_SUPPORT_SHIPPED_H

#include <stddef.h>
#include <stdint.h>

typedef struct shipped {
    const char *name;
    int32_t small;  // height and width; halved as often as the network halves, and no more
} shipped;

static const shipped shipped_networks[] = {
    {"alexnet", 63},
    {"cifar10_mobilenet", 16},
    {"cifar10_resnet20", 16},
    {"cifar10_resnet56", 16},
    {"cifar10_resnet8", 16},
    {"cifar10_vgg11", 32},
    {"cifar10_vgg13", 32},
    {"cifar10_vgg16", 32},
    {"cifar10_vgg19", 32},
    {"fpn_resnet50", 64},
    {"fsrcnn_x2", 24},
    {"googlenet", 64},
    {"mobilenet_v1", 64},
    {"mobilenet_v1_025", 64},
    {"mobilenet_v1_050", 64},
    {"mobilenet_v1_075", 64},
    {"mobilenet_v2", 64},
    {"resnet101", 64},
    {"resnet152", 64},
    {"resnet18", 64},
    {"resnet34", 64},
    {"resnet50", 64},
    {"resnext101_32x8d", 64},
    {"resnext50_32x4d", 64},
    {"squeezenet1_1", 64},
    {"ssd300_vgg16", 272},
    {"tiny", 16},
    {"unet", 32},
    {"vdsr", 24},
    {"vgg11", 32},
    {"vgg11_bn", 32},
    {"vgg13", 32},
    {"vgg13_bn", 32},
    {"vgg16", 32},
    {"vgg16_bn", 32},
    {"vgg19", 32},
    {"vgg19_bn", 32},
    {"yolov3_tiny", 64},
};

enum { shipped_count = sizeof shipped_networks / sizeof shipped_networks[0] };

#endif
