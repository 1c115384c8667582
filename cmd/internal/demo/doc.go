// Package demo writes the sample province: Lục Ngạn lychee and Bến Tre coconut,
// as the people there would record a season of it. Everything goes through signed
// transactions and EPCIS 2.0 documents, as it would from outside; there are no
// back doors. All of it is sample data: every name says so, telephone numbers are
// fictitious, and GS1 keys lie under 952, the prefix that is reserved for samples.
// What has no GS1 prefix has register-issued codes.
//
// # Vocabulary
//
// Documents declare the prefix sg for https://sogoc.github.io/vocab/. Business
// steps that the Core Business Vocabulary has no word for are its URIs:
//
//	sg:planting sg:fertilising sg:irrigating sg:spraying   on a standing crop
//	sg:harvesting                                          a transformation of a standing crop
//	sg:grading sg:cooking sg:carving                       transformations
//	sg:exporting                                           goods pass the border
//
// What was done to a crop (ObjectEvent OBSERVE on its lot):
//
//	sg:inputKind              protection, fertiliser, irrigation or other
//	sg:input, sg:inputEn      what was used, in Vietnamese and English
//	sg:activeIngredient       with its concentration
//	sg:dose                   as people say it: "1,2 l/ha"
//	sg:purpose, sg:purposeEn  against or for what
//	sg:preHarvestIntervalDays whole days; absent where none applies
//
// What an inspection found:
//
//	sg:test, sg:testEn           what was looked for
//	sg:testResult                pass or fail
//	sg:sample                    the sample's number
//	sg:substance                 the substance at fault
//	sg:measured, sg:maximum      "0.9 mg/kg"
//
// What was agreed between the parties:
//
//	sg:price, sg:currency     whole units of the currency for one unit of quantity
//
// Words on any event: sg:note, sg:noteEn. In a sensor report: sg:agreedMaximum, a
// number in the report's unit. In ILMD, beside the attributes of CBV 2.0
// (cbvmda:lotNumber, cbvmda:harvestStartDate, cbvmda:harvestEndDate,
// cbvmda:bestBeforeDate, cbvmda:countryOfOrigin) and of the GS1 Web Vocabulary
// (gs1:productionDate, gs1:packagingDate, gs1:netContent): sg:variety, sg:varietyEn,
// sg:plantedYear, sg:areaHectares, sg:plantingArea (the code).
//
// # Reference lists
//
// The payload of a reference list is JSON, described by [trace.ReferenceList].
package demo

import "github.com/sogoc/sogoc/trace/logbook"

// Vocabulary is the namespace of the sg prefix.
const Vocabulary = logbook.Vocabulary

// Business steps of the vocabulary.
const (
	StepPlanting    = Vocabulary + "planting"
	StepFertilising = Vocabulary + "fertilising"
	StepIrrigating  = Vocabulary + "irrigating"
	StepSpraying    = Vocabulary + "spraying"
	StepHarvesting  = Vocabulary + "harvesting"
	StepGrading     = Vocabulary + "grading"
	StepCooking     = Vocabulary + "cooking"
	StepCarving     = Vocabulary + "carving"
	StepExporting   = Vocabulary + "exporting"
)
