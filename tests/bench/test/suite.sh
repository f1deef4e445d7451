#!/bin/sh
# Writes a suite of 100 tests of examples/field-service, ten of them with a
# synchronization against the server in process:  suite.sh FOLDER
set -eu
cat >"$1/phone.jsonl" <<'END'
{"entity": "FieldService.Technician", "id": "anna", "Name": "Anna"}
{"entity": "FieldService.WorkOrder", "id": "oven", "Title": "Repair the oven", "Status": "Open", "Rate": "60"}
{"entity": "FieldService.WorkOrder", "id": "lift", "Title": "Check the lift", "Status": "Taken", "Rate": "80"}
END
awk 'BEGIN {
    print "/**\n * @now 2026-03-18T10:20:30Z\n * @data phone.jsonl\n */\n/\n"
    for (i = 1; i <= 45; i++) {
        print "/**\n * @test order " i " is taken\n * @expect $taken"
        print " * @expect $oven/Status = FieldService.OrderStatus.Taken"
        print " * @expect-queue 1\n */"
        print "$taken = call nanoflow FieldService.ACT_TakeWorkOrder(" \
            "WorkOrder = $oven, Technician = $anna);\n/\n"
        print "/**\n * @test search " i "\n * @expect count($orders) = 1\n */"
        print "$orders = call nanoflow FieldService.DS_OpenOrders(" \
            "Search = \x27oven\x27);\n/\n"
    }
    for (i = 1; i <= 10; i++) {
        print "/**\n * @test problem " i " is sent\n * @expect-queue empty"
        print " * @expect $sync/uploaded = 1"
        print " * @verify server select count(*) as n from " \
            "FieldService.WorkOrder where Title = \x27Leak " i "\x27 = 1\n */"
        print "$order = call nanoflow FieldService.ACT_ReportProblem(" \
            "Title = \x27Leak " i "\x27);\n/\n"
    }
}' >"$1/suite.test.mdl"
